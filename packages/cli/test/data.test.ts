import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { temporaryFolder } from '../../../test/support/temporary-folder.js';
import { noisePng } from './support/noise-png.js';
import { tenas } from './support/run-in-process.js';

const folder = temporaryFolder();
const server = createServer((request, response) => {
  if (request.url?.endsWith('cifar-10-binary.tar.gz')) response.end('not the archive');
  else response.writeHead(404).end();
});
let mirror = '';

beforeAll(async () => {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  mirror = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});

afterAll(() => {
  server.close();
});

describe('data info', () => {
  it('describes synthetic images', async () => {
    const { code, out } = await tenas(['data', 'info', '--json']);
    expect(code).toBe(0);
    expect(JSON.parse(out)).toMatchObject({
      name: 'synthetic',
      images: expect.any(Number),
      classes: 10,
      height: 32,
      width: 32,
      fingerprint: expect.any(String),
    });
  });

  it('tells what a sample is of', async () => {
    const data = join(folder, 'few');
    mkdirSync(data);
    writeFileSync(join(data, 'data_batch_1.bin'), new Uint8Array(3073 * 4));
    const argv = ['data', 'info', '--data', data, '--images', '3'];
    expect((await tenas(argv)).out).toMatch(/^images +3 \(a sample of 4\), 32x32, 10 classes$/m);
    expect(JSON.parse((await tenas([...argv, '--json'])).out)).toMatchObject({
      images: 3,
      sampledFrom: { images: 4, estimated: false },
    });
  });

  it('describes a CIFAR-10 folder', async () => {
    const data = join(folder, 'cifar-10-batches-bin');
    mkdirSync(data);
    writeFileSync(join(data, 'data_batch_1.bin'), new Uint8Array(3073 * 4));
    const { code, out } = await tenas(['data', 'info', '--data', data]);
    expect(code).toBe(0);
    expect(out).toMatch(/^images +4, 32x32, 10 classes$/m);
    expect(out).toMatch(/^labels +0 \(4\), 1 \(0\), .*, 9 \(0\)$/m);
    const test = ['data', 'info', '--data', data, '--split', 'test'];
    const missing = await tenas(test);
    expect(missing.code).toBe(2);
    expect(missing.err).toContain('with test_batch.bin');
    writeFileSync(join(data, 'test_batch.bin'), new Uint8Array(3073 * 2));
    expect((await tenas(test)).out).toMatch(/^dataset +cifar10, test set \(.*\)\nimages +2, /);
    expect(JSON.parse((await tenas([...test, '--json'])).out)).toMatchObject({ split: 'test', images: 2 });
  });

  it('names classes and counts their images, the first ten to people, all to machines', async () => {
    const data = join(folder, 'classes');
    const names = Array.from({ length: 12 }, (_, i) => `class ${String(i).padStart(2, '0')}`);
    // A name that would clear the terminal.
    names[0] = 'a\u001b[2J';
    for (const [label, name] of names.entries()) {
      mkdirSync(join(data, name), { recursive: true });
      for (let i = 0; i <= label; i++) writeFileSync(join(data, name, `${i}.png`), '');
    }
    const argv = ['data', 'info', '--dataset', 'folder', '--data', data];
    expect((await tenas(argv)).out).toMatch(
      /^images .*, resized to 32x32, .*\n(.*\n)*mean .*; ImageNet’s, which all pictures/m,
    );
    expect((await tenas(argv)).out).toMatch(
      /^labels +a\ufffd\[2J \(1\), class 01 \(2\), .*, class 09 \(10\) and 2 more$/m,
    );
    expect(JSON.parse((await tenas([...argv, '--json'])).out)).toMatchObject({
      images: 78,
      classes: 12,
      labels: names.map((name, label) => ({ label, name, images: label + 1 })),
    });
  });

  it('says that images in no class folder have no labels', async () => {
    const data = join(folder, 'flat');
    mkdirSync(data);
    writeFileSync(join(data, 'one.png'), '');
    const argv = ['data', 'info', '--dataset', 'folder', '--data', data];
    expect((await tenas(argv)).out).toMatch(/^labels +none: the images are not in class folders$/m);
    expect(JSON.parse((await tenas([...argv, '--json'])).out)).toMatchObject({ labels: null });
  });

  it.each([
    [['--dataset', 'cifar10'], '--data is required for cifar10'],
    [['--dataset', 'synthetic', '--data', 'x'], 'leave --data out'],
    [['--dataset', 'cifar100', '--data', 'nowhere'], 'nowhere'],
    [['--data', 'scripts'], '; without --dataset it is read as cifar10; give --dataset folder'],
  ])('%j is refused with a reason', async (argv, problem) => {
    const { code, err } = await tenas(['data', 'info', ...argv]);
    expect(code).toBe(2);
    expect(err).toContain(problem);
  });

  it('looks for pictures in a folder that is given without --dataset', async () => {
    const root = join(folder, 'photographs');
    const names = ['ant', 'bee', 'cat', 'dog', 'eel', 'fox'];
    for (const name of names) {
      mkdirSync(join(root, 'classes', 'train', name), { recursive: true });
      writeFileSync(join(root, 'classes', 'train', name, '1.jpg'), '');
    }
    mkdirSync(join(root, 'flat'));
    writeFileSync(join(root, 'flat', '1.jpg'), '');
    for (const [part, hint] of [
      ['classes', 'it holds 6 class folders (ant, bee, cat, dog, eel, ...): add --dataset folder'],
      ['flat', 'it holds pictures: add --dataset folder'],
    ] as const) {
      const { code, err } = await tenas(['search', '--data', join(root, part)]);
      expect(code).toBe(2);
      expect(err).toContain(hint);
    }
  });
});

describe('data fetch', () => {
  it('refuses what it cannot get', async () => {
    const { code, err } = await tenas(['data', 'fetch', 'imagenet']);
    expect(code).toBe(2);
    expect(err).toContain('one of cifar10, cifar100');
  });

  it('fails clearly without a network, with exit code 3', async () => {
    const argv = [
      'data',
      'fetch',
      'cifar10',
      '--out',
      join(folder, 'offline'),
      '--mirror',
      'http://127.0.0.1:1',
    ];
    const { code, out, err } = await tenas([...argv, '--json']);
    expect(code).toBe(3);
    expect(err).toContain('http://127.0.0.1:1');
    expect(JSON.parse(out).error.code).toBe('FETCH_FAILED');
  });

  it('refuses an archive with another checksum', async () => {
    const out = join(folder, 'wrong');
    const { code, err } = await tenas(['data', 'fetch', 'cifar10', '--out', out, '--mirror', mirror]);
    expect(code).toBe(3);
    expect(err).toContain('MD5');
    expect(existsSync(join(out, 'cifar-10-batches-bin'))).toBe(false);
  });

  it('has nothing to do where the dataset is there', async () => {
    const { code, out } = await tenas(['data', 'fetch', 'cifar10', '--out', folder, '--json']);
    expect(code).toBe(0);
    expect(JSON.parse(out)).toEqual({
      dataset: 'cifar10',
      folder: join(folder, 'cifar-10-batches-bin'),
      downloaded: false,
    });
  });
});

describe('folders with damaged files', () => {
  it('are described with what was left out, in text and document', async () => {
    const data = join(folder, 'damaged');
    mkdirSync(join(data, 'a'), { recursive: true });
    mkdirSync(join(data, 'b'), { recursive: true });
    for (const name of ['a/0.png', 'a/1.png', 'b/0.png'])
      writeFileSync(join(data, name), noisePng(8, name.length));
    writeFileSync(join(data, 'a', 'bad\u001b[31m.png'), 'no picture');
    const argv = ['data', 'info', '--dataset', 'folder', '--data', data];
    const text = await tenas(argv);
    expect([text.code, text.err]).toEqual([
      0,
      'note: 1 file could not be decoded; other images took their place: a/bad\uFFFD[31m.png\n',
    ]);
    const json = await tenas([...argv, '--json']);
    expect(JSON.parse(json.out).notes).toEqual([expect.stringContaining('1 file could not be decoded')]);
    const arch = '|nor_conv_3x3~0|+|none~0|nor_conv_3x3~1|+|skip_connect~0|none~1|nor_conv_3x3~2|';
    const scored = await tenas([
      'score',
      '--arch',
      arch,
      ...argv.slice(2),
      '--metrics',
      'ntk',
      '--ntk-batch',
      '8',
      '--json',
    ]);
    expect(JSON.parse(scored.out).notes).toEqual([
      'folder has 4 images, fewer than a batch of 8: images come several times, and kernels of equal images are singular',
      expect.stringContaining('1 file could not be decoded'),
    ]);
    expect(scored.err.match(/^note: /gm)).toHaveLength(2);
  });
});
