import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { createServer, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { fetchDataset } from '@tenas/data';
import { create } from 'tar';
import { expect, it, onTestFinished } from 'vitest';
import { temporaryFolder } from './support/temporary-folder.js';

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
