import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { temporaryFolder } from '../../../test/support/temporary-folder.js';
import { commandList } from '../src/command-list.js';
import { tenas } from './support/run-in-process.js';

const folder = temporaryFolder();
const fifo = join(folder, 'fifo');
const CELL = '|nor_conv_3x3~0|+|none~0|nor_conv_3x3~1|+|skip_connect~0|none~1|nor_conv_3x3~2|';

beforeAll(() => {
  expect(spawnSync('mkfifo', [fifo]).status).toBe(0);
});

/** Every command that reads a file, with FILE in its place. */
const READERS: readonly (readonly string[])[] = [
  ['export', '--arch', CELL, '--weights', 'FILE', '--out', 'OUT'],
  ['export', '--record', 'FILE', '--out', 'OUT'],
  ['export', '--onnx', 'FILE', '--out', 'OUT'],
  ['score', '--onnx', 'FILE'],
  ['score', '--arch', '@FILE'],
  ['score', '--arch', CELL, '--space', 'FILE'],
  ['score', '--arch', CELL, '--metrics', 'FILE'],
  ['search', '--space', 'FILE'],
  ['search', '--metric', 'FILE'],
  ['search', '--strategy', 'FILE'],
  ['score', '--arch', CELL, '--latency-model', 'FILE'],
  ['score', '--arch', CELL, '--dataset', 'cifar10', '--data', 'FILE'],
  ['search', '--resume', 'FILE'],
  ['train', '--arch', CELL, '--dataset', 'folder', '--data', 'FILE', '--out', 'OUT'],
  ['latency', '--space', 'nas-bench-201', '--list', 'FILE'],
  ['latency', '--onnx', 'FILE'],
  ['latency', '--space', 'nas-bench-201', '--device-table', 'FILE', '--list', 'FILE'],
  ['latency', 'table', '--device-table', 'FILE', '--out', 'OUT'],
  ['evaluate', 'FILE', '--table', 'FILE'],
  ['report', 'FILE', '--out', 'OUT'],
  ['data', 'info', '--dataset', 'folder', '--data', 'FILE'],
  ['data', 'info', '--dataset', 'imagenet16-120', '--data', 'FILE'],
  ['data', 'table', 'FILE', '--out', 'OUT'],
  ['batch', 'run', 'FILE', '--out', 'OUT'],
  ['batch', 'status', 'FILE'],
  ['batch', 'watch', 'FILE'],
  ['batch', 'results', 'FILE'],
  ['batch', 'export', 'FILE'],
  ['batch', 'verify', 'FILE'],
  ['batch', 'backup', 'FILE', 'OUT'],
  ['batch', 'compare', 'FILE', 'FILE'],
  ['batch', 'merge', 'OUT', 'FILE'],
  ['batch', 'retry', 'FILE'],
  ['batch', 'gc', 'FILE'],
  ['study', 'unnas', '--dataset', 'folder', '--data', 'FILE', '--out', 'OUT'],
  ['bench', '--space', 'FILE'],
  ['info', '--space', 'FILE'],
  ['worker', '--queue', 'redis://127.0.0.1:1', '--space', 'FILE'],
  ['check', 'FILE'],
];

/** Commands that read no file that a user names. */
const OTHERS: readonly string[] = ['completion', 'data fetch', 'init space', 'systems', 'page'];

describe('the list of what reads files', () => {
  it('has every command', () => {
    const all = commandList.flatMap((node) =>
      node.kind === 'command'
        ? [node.name]
        : [
            ...(node.own === undefined ? [] : [node.name]),
            ...node.commands.map((command) => `${node.name} ${command.name}`),
          ],
    );
    const listed = READERS.map((argv) => argv.join(' '));
    const missing = all.filter(
      (name) => !OTHERS.includes(name) && !listed.some((line) => `${line} `.startsWith(`${name} `)),
    );
    expect(missing).toEqual([]);
  });
});

/** A pipe without a writer, an endless device, one that is empty, a folder. */
const NO_FILES = [fifo, '/dev/zero', '/dev/null', folder].filter((path) => path === fifo || existsSync(path));

describe.skipIf(process.platform === 'win32')('what is no file', () => {
  it.each(READERS.map((argv) => [argv.join(' '), argv] as const))('tenas %s', async (_line, argv) => {
    for (const file of NO_FILES) {
      const given = argv.map((word) =>
        word.replace('FILE', file).replace('OUT', join(folder, `out-${argv[0]}-${argv.length}`)),
      );
      const { code, err } = await tenas(given);
      expect([file, code, err]).toEqual([file, 2, expect.stringMatching(/^error: .+/m)]);
      expect(err.split('\n').filter((line) => line.startsWith('error: '))).toHaveLength(1);
      expect(err).not.toMatch(/^\s+at /m);
    }
  });
});

/** A regular file whose reading fails. */
const UNREADABLE = '/proc/self/mem';

describe.skipIf(!existsSync(UNREADABLE))(
  `what fails while it is read (skipped without ${UNREADABLE})`,
  () => {
    it.each(READERS.map((argv) => [argv.join(' '), argv] as const))('tenas %s', async (_line, argv) => {
      const given = argv.map((word) =>
        word.replace('FILE', UNREADABLE).replace('OUT', join(folder, `out-${argv[0]}-${argv.length}`)),
      );
      const { code, err } = await tenas(given);
      expect([2, 3]).toContain(code);
      const errors = err.split('\n').filter((line) => line.startsWith('error: '));
      expect(errors).toEqual([expect.stringContaining(UNREADABLE)]);
      expect(err).not.toMatch(/^\s+at /m);
    });

    it.each(['list.txt', 'list.csv'])('%s of a spec', async (name) => {
      const list = join(folder, name);
      symlinkSync(UNREADABLE, list);
      const spec = join(folder, 'spec.yaml');
      writeFileSync(spec, `score: {architectures: {file: ${list}}, metrics: [params]}`);
      const { code, err } = await tenas(['batch', 'run', spec, '--out', join(folder, 'out')]);
      expect([code, err]).toEqual([3, `error: EIO: i/o error, read '${list}'\n`]);
    });
  },
);

describe.skipIf(process.platform === 'win32')('what a spec names and is no file', () => {
  it.each([
    ['a list', 'score: {architectures: {file: FILE}, metrics: [params]}'],
    ['a space', 'score: {spaces: FILE, architectures: [x], metrics: [params]}'],
    ['a metric', `score: {architectures: ['${CELL}'], metrics: [FILE]}`],
    ['a strategy', 'search: {strategy: FILE, metrics: [params]}'],
    ['a batch', 'score: {architectures: {batch: FILE}, metrics: [params]}'],
  ])('as %s is refused with its line', async (_what, text) => {
    const spec = join(folder, 'spec.yaml');
    for (const file of NO_FILES) {
      writeFileSync(spec, text.replace('FILE', file));
      const { code, err } = await tenas(['batch', 'run', spec, '--out', join(folder, 'out')]);
      expect([file, code, err]).toEqual([
        file,
        2,
        expect.stringMatching(/^error: [^\n]*spec\.yaml:1: .+\n$/),
      ]);
      expect(err).toContain(file);
    }
  });

  it('is refused as names of classes, too', async () => {
    const data = join(folder, 'cifar');
    mkdirSync(data);
    for (let i = 1; i <= 5; i++) writeFileSync(join(data, `data_batch_${i}.bin`), Buffer.alloc(3073));
    const names = join(data, 'batches.meta.txt');
    expect(spawnSync('mkfifo', [names]).status).toBe(0);
    const { code, err } = await tenas(['data', 'info', '--dataset', 'cifar10', '--data', data]);
    expect([code, err]).toEqual([
      2,
      `error: ${names} is no regular file; it must hold the names of the 10 classes, one per line\n`,
    ]);
  });
});
