import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { mkdir, open, readdir, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { createServer, type RequestListener } from 'node:http';
import { type AddressInfo, connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { smallDisk } from '@tenas/base/testing';
import { fetchDataset } from '@tenas/data';
import { create } from 'tar';
import { afterAll, beforeEach, expect, it, onTestFinished, vi } from 'vitest';
import { temporaryFolder } from './support/temporary-folder.js';

// The environment of who runs the tests may name a proxy.
beforeEach(() => {
  for (const name of ['http_proxy', 'https_proxy', 'no_proxy']) {
    vi.stubEnv(name, undefined);
    vi.stubEnv(name.toUpperCase(), undefined);
  }
  onTestFinished(() => {
    vi.unstubAllEnvs();
  });
});

/** An archive like the official one, with one small file. */
async function archive(): Promise<{ bytes: Buffer; md5: string }> {
  const folder = await temporaryFolder();
  await mkdir(join(folder, 'cifar-10-batches-bin'));
  await writeFile(
    join(folder, 'cifar-10-batches-bin', 'data_batch_1.bin'),
    Buffer.alloc(200_000, 'pixels of a test '),
  );
  await create({ cwd: folder, file: join(folder, 'a.tar.gz'), gzip: { level: 0 } }, ['cifar-10-batches-bin']);
  const bytes = await readFile(join(folder, 'a.tar.gz'));
  return { bytes, md5: createHash('md5').update(bytes).digest('hex') };
}

async function serve(listener: RequestListener): Promise<string> {
  const server = createServer(listener).listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

it('downloads, checks, unpacks, and does nothing the second time', async () => {
  const { bytes, md5 } = await archive();
  let requests = 0;
  const baseUrl = await serve((request, response) => {
    requests++;
    expect(request.url).toBe('/cifar-10-binary.tar.gz');
    response.writeHead(200, { 'content-length': bytes.length }).end(bytes);
  });
  const into = join(await temporaryFolder(), 'new');
  const progress: (number | undefined)[][] = [];
  const folder = await fetchDataset('cifar10', {
    into,
    baseUrl,
    md5,
    onProgress: (...p) => progress.push(p),
  });
  expect(folder).toBe(join(into, 'cifar-10-batches-bin'));
  expect(await readdir(folder)).toEqual(['data_batch_1.bin']);
  expect(progress.at(-1)).toEqual([bytes.length, bytes.length]);
  expect(await fetchDataset('cifar10', { into, baseUrl, md5 })).toBe(folder);
  expect(requests).toBe(1);
  expect(await readdir(into)).toEqual(['cifar-10-batches-bin']);
});

it('resumes where a cut connection left off', async () => {
  const { bytes, md5 } = await archive();
  const ranges: (string | undefined)[] = [];
  const baseUrl = await serve((request, response) => {
    ranges.push(request.headers.range);
    if (ranges.length === 1) {
      response.writeHead(200, { 'content-length': bytes.length });
      response.write(bytes.subarray(0, 50_000), () => setTimeout(() => response.destroy(), 50));
      return;
    }
    const start = Number(/bytes=(\d+)-/.exec(request.headers.range ?? '')?.[1]);
    response.writeHead(206, { 'content-length': bytes.length - start }).end(bytes.subarray(start));
  });
  const into = await temporaryFolder();
  await expect(fetchDataset('cifar10', { into, baseUrl, md5 })).rejects.toMatchObject({
    code: 'FETCH_FAILED',
  });
  await fetchDataset('cifar10', { into, baseUrl, md5 });
  expect(Number(/bytes=(\d+)-/.exec(ranges[1] ?? '')?.[1])).toBeGreaterThan(0);
});

it.skipIf(process.platform === 'win32')('does not wait for a pipe in the place of the download', async () => {
  const baseUrl = await serve((_request, response) => response.end('bytes'));
  const into = await temporaryFolder();
  const partial = join(into, 'cifar-10-binary.tar.gz.part');
  expect(spawnSync('mkfifo', [partial]).status).toBe(0);
  const refusal = { code: 'OUTPUT_NOT_A_FILE', value: partial };
  await expect(fetchDataset('cifar10', { into, baseUrl })).rejects.toMatchObject(refusal);
  await rm(partial);
  await symlink('/dev/zero', partial);
  await expect(fetchDataset('cifar10', { into, baseUrl })).rejects.toMatchObject(refusal);
  await rm(partial);
  await mkdir(partial);
  await expect(fetchDataset('cifar10', { into, baseUrl })).rejects.toMatchObject({
    code: 'OUTPUT_IS_DIRECTORY',
  });
});

it('starts over with a server that cannot resume', async () => {
  const { bytes, md5 } = await archive();
  const baseUrl = await serve((_, response) => response.writeHead(200).end(bytes));
  const into = await temporaryFolder();
  await writeFile(join(into, 'cifar-10-binary.tar.gz.part'), 'an earlier try');
  await fetchDataset('cifar10', { into, baseUrl, md5 });
});

it('refuses a wrong checksum and deletes the download', async () => {
  const { bytes } = await archive();
  const baseUrl = await serve((_, response) => response.end(bytes));
  const into = await temporaryFolder();
  await expect(fetchDataset('cifar10', { into, baseUrl })).rejects.toMatchObject({
    code: 'CHECKSUM_MISMATCH',
    message: expect.stringContaining('it must be c32a1d4ab5d03f1284b67883e8d87530'),
  });
  expect(await readdir(into)).toEqual([]);
});

it('fails clearly without a server, on an error page, and for a data set that cannot be fetched', async () => {
  const into = await temporaryFolder();
  const offline = fetchDataset('cifar100', { into, baseUrl: 'http://127.0.0.1:9' });
  await expect(offline).rejects.toMatchObject({
    code: 'FETCH_FAILED',
    message: expect.stringMatching(/could not be downloaded: .*Check the network/),
  });
  const baseUrl = await serve((_, response) => response.writeHead(404).end());
  await expect(fetchDataset('cifar10', { into, baseUrl })).rejects.toThrow(/the server answered 404/);
  await expect(fetchDataset('imagenet' as 'cifar10', { into })).rejects.toThrow(
    /'imagenet' cannot be fetched; cifar10 and cifar100 can/,
  );
});

/** An archive of a folder's files, compressed. */
async function packed(files: Readonly<Record<string, Uint8Array>>): Promise<{ bytes: Buffer; md5: string }> {
  const folder = await temporaryFolder();
  await mkdir(join(folder, 'cifar-10-batches-bin'));
  for (const [name, content] of Object.entries(files)) {
    await writeFile(join(folder, 'cifar-10-batches-bin', name), content);
  }
  await create({ cwd: folder, file: join(folder, 'a.tar.gz'), gzip: true }, ['cifar-10-batches-bin']);
  const bytes = await readFile(join(folder, 'a.tar.gz'));
  return { bytes, md5: createHash('md5').update(bytes).digest('hex') };
}

it('unpacks no archive of thousands of files', async () => {
  const files = Object.fromEntries(Array.from({ length: 1200 }, (_, i) => [`${i}`, new Uint8Array(0)]));
  const { bytes, md5 } = await packed(files);
  const baseUrl = await serve((_, response) => response.end(bytes));
  const into = await temporaryFolder();
  await expect(fetchDataset('cifar10', { into, baseUrl, md5 })).rejects.toMatchObject({
    code: 'DATA_INVALID',
    message: expect.stringContaining('holds more than 1000 files'),
  });
  expect(await readdir(into)).toEqual(['cifar-10-binary.tar.gz.part']);
});

it('stops a download that does not end', async () => {
  const part = Buffer.alloc(1 << 20);
  const into = await temporaryFolder();
  // Resumed, so that the limit is near.
  const start = 2 ** 30 - 2 ** 21;
  await using sparse = await open(join(into, 'cifar-10-binary.tar.gz.part'), 'w');
  await sparse.truncate(start);
  const baseUrl = await serve((_, response) => {
    response.writeHead(206);
    const more = (): void => {
      while (!response.destroyed && response.write(part));
    };
    response.on('drain', more);
    more();
  });
  await expect(fetchDataset('cifar10', { into, baseUrl })).rejects.toMatchObject({
    code: 'FETCH_FAILED',
    message: expect.stringContaining('more than 1073741824 bytes'),
  });
  expect(await readdir(into)).toEqual([]);
});

const diskFolder = join(tmpdir(), `tenas-data-disk-${process.pid}`);
const disk = smallDisk(diskFolder, '256k');
afterAll(async () => {
  disk.unmount();
  await rm(diskFolder, { recursive: true, force: true });
});

it.skipIf(disk.problem !== null)(
  `leaves nothing on a disk that is too small for the archive or for what is in it${disk.problem ?? ''}`,
  async () => {
    const large = await archive();
    const small = await packed({ 'data_batch_1.bin': new Uint8Array(1_000_000) });
    expect(small.bytes.length).toBeLessThan(10_000);
    for (const { bytes, md5 } of [{ ...large, bytes: Buffer.concat([large.bytes, large.bytes]) }, small]) {
      const baseUrl = await serve((_, response) => response.end(bytes));
      await expect(fetchDataset('cifar10', { into: diskFolder, baseUrl, md5 })).rejects.toMatchObject({
        code: 'OUTPUT_NO_SPACE',
        message: expect.stringMatching(
          /cifar-10-binary\.tar\.gz\.part can't be written: the disk or quota is full/,
        ),
      });
      expect(await readdir(diskFolder)).toEqual([]);
    }
  },
);

it.each(['HTTP_PROXY', 'http_proxy'])(
  'goes through the proxy that %s names, but to hosts of NO_PROXY',
  async (variable) => {
    const { bytes, md5 } = await archive();
    const server = await serve((_, response) => response.writeHead(200).end(bytes));
    const asked: string[] = [];
    const proxy = createServer().listen(0, '127.0.0.1');
    await once(proxy, 'listening');
    onTestFinished(() => void proxy.close());
    proxy.on('connect', (request, socket) => {
      asked.push(request.url!);
      const target = connect(Number(new URL(server).port), '127.0.0.1', () => {
        socket.write('HTTP/1.1 200 Connection established\r\n\r\n');
        target.pipe(socket).pipe(target);
      });
      for (const one of [socket, target]) one.on('error', () => {});
    });
    vi.stubEnv(variable, `http://127.0.0.1:${(proxy.address() as AddressInfo).port}`);
    const baseUrl = 'http://archives.example';
    const folder = await fetchDataset('cifar10', { into: await temporaryFolder(), baseUrl, md5 });
    expect(await readdir(folder)).toEqual(['data_batch_1.bin']);
    expect(asked).toEqual(['archives.example:80']);
    vi.stubEnv('NO_PROXY', '127.0.0.1');
    await fetchDataset('cifar10', { into: await temporaryFolder(), baseUrl: server, md5 });
    expect(asked).toHaveLength(1);
  },
);

it('says that the proxy could not be reached', async () => {
  vi.stubEnv('HTTP_PROXY', 'http://127.0.0.1:1');
  const given = { into: await temporaryFolder(), baseUrl: 'http://archives.example' };
  await expect(fetchDataset('cifar10', given)).rejects.toThrow(/could not be downloaded: .*127\.0\.0\.1:1/);
});
