import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { smallDisk } from '@tenas/base/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { temporaryFolder } from '../../../test/support/temporary-folder.js';
import { tiny, writeSpec } from './support/batch-results.js';
import { command, requireBuild } from './support/built-command.js';
import { tenasServed } from './support/command-server.js';

const folder = temporaryFolder();
const mounted = join(folder, 'disk');
const disk = smallDisk(mounted, '64k');
const PAGE = 4096;

// Of an archive, the first bytes are enough to fill the disk.
const server = createServer((_, response) => response.end(Buffer.alloc(1_000_000)));
let mirror = '';

beforeAll(async () => {
  requireBuild();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  mirror = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const spec = writeSpec(
    folder,
    'spec',
    `score: {architectures: {sample: 60, seed: 1}, seeds: [0, 1], ${tiny}}`,
  );
  const made = await tenasServed(['batch', 'run', spec, '--out', 'store', '--log-level', 'silent'], folder);
  expect(made.code).toBe(0);
  const scores = await tenasServed(['batch', 'export', 'store', '--file', 'scores.csv'], folder);
  expect(scores.code).toBe(0);
  const rows = readFileSync(join(folder, 'scores.csv'), 'utf8').trim().split('\n').slice(1);
  const table = new Set(rows.map((row) => row.split(',')[2]!));
  const lines = [...table].map((architecture, index) => `${architecture},${50 + index}`);
  writeFileSync(join(folder, 'table.csv'), `arch,test_accuracy\n${lines.join('\n')}\n`);
});

afterAll(() => {
  server.close();
  disk.unmount();
});

/** Leaves that much room on the disk. */
function fill(room: number): void {
  rmSync(join(mounted, 'filler'), { force: true });
  if (room < 64 * 1024) writeFileSync(join(mounted, 'filler'), Buffer.alloc(64 * 1024 - room));
}

/** Runs a line of the shell, in which `tenas` is the built command. */
function shell(line: string): { code: number | null; out: string; err: string } {
  const script = `tenas() { "${process.execPath}" "${command}" "$@"; }\n${line}`;
  const { status, stdout, stderr } = spawnSync('sh', ['-c', script], { cwd: folder, encoding: 'utf8' });
  return { code: status, out: stdout, err: stderr };
}

function expectOneLine({ err }: { err: string }, message: RegExp): void {
  expect(err.split('\n').filter((line) => line.startsWith('error: '))).toHaveLength(1);
  expect(err).toMatch(message);
  expect(err).not.toMatch(/^\s+at /m);
}

const FULL = /^error: .*can't be written: the disk or quota is full/m;

describe.skipIf(disk.problem !== null)(`on a disk without room${disk.problem ?? ''}`, () => {
  it.each<[what: string, room: number, args: string[]]>([
    ['a table', 2 * PAGE, ['batch', 'export', 'store', '--file', 'disk/rows.csv']],
    ['records', 8 * PAGE, ['batch', 'export', 'store', '--format', 'jsonl', '--file', 'disk/rows.jsonl']],
    [
      'an evaluation',
      0,
      ['evaluate', 'scores.csv', '--table', 'table.csv', '--resamples', '0', '--out', 'disk/evaluation.json'],
    ],
    ['a page', 16 * PAGE, ['report', 'scores.csv', '--out', 'disk/report.html']],
    [
      'a network',
      16 * PAGE,
      [
        'export',
        '--arch',
        `|${'skip_connect~0|+|skip_connect~0|skip_connect~1|+|skip_connect~0|skip_connect~1|skip_connect~2|'}`,
        '--out',
        'disk/net.onnx',
      ],
    ],
    ['a data set', 16 * PAGE, ['data', 'fetch', 'cifar10', '--out', 'disk', '--mirror', 'MIRROR']],
  ])('%s is refused with one line and leaves nothing', async (_what, room, given) => {
    fill(room);
    const before = readdirSync(mounted);
    const args = given.map((word) => (word === 'MIRROR' ? mirror : word));
    const ended = await tenasServed(args, folder);
    expectOneLine(ended, FULL);
    expect(ended.code).toBe(3);
    expect(readdirSync(mounted)).toEqual(before);
  });

  it('a record is refused, and the search still says what it found', async () => {
    fill(PAGE);
    const before = readdirSync(mounted);
    const quick = ['--repeats', '1', '--ntk-batch', '4', '--region-batches', '1', '--region-batch', '40'];
    const args = ['search', ...quick, '--finals', '0', '--out', 'disk', '--json'];
    const ended = await tenasServed(args, folder);
    expectOneLine(ended, FULL);
    expect(ended.code).toBe(3);
    expect(JSON.parse(ended.out).error).toMatchObject({
      code: 'OUTPUT_NO_SPACE',
      message: expect.stringMatching(/; the search found \|.*\|$/),
    });
    expect(readdirSync(mounted)).toEqual(before);
  });

  it('an existing file stays as it was, also with --force', async () => {
    fill(2 * PAGE);
    writeFileSync(join(mounted, 'rows.csv'), 'old\n');
    const args = ['batch', 'export', 'store', '--file', 'disk/rows.csv', '--force'];
    expect((await tenasServed(args, folder)).code).toBe(3);
    expect(readFileSync(join(mounted, 'rows.csv'), 'utf8')).toBe('old\n');
    rmSync(join(mounted, 'rows.csv'));
  });

  it('a table whose last line alone does not fit is refused, and one that fits is whole', async () => {
    const whole = readFileSync(join(folder, 'scores.csv'));
    const pages = Math.ceil(whole.length / PAGE);
    for (const [room, code] of [
      [pages * PAGE, 0],
      [(pages - 1) * PAGE, 3],
    ] as const) {
      fill(room);
      const ended = await tenasServed(['batch', 'export', 'store', '--file', 'disk/rows.csv'], folder);
      expect(ended.code).toBe(code);
      const path = join(mounted, 'rows.csv');
      expect(existsSync(path) ? readFileSync(path).length : null).toBe(code === 0 ? whole.length : null);
      rmSync(path, { force: true });
    }
  });

  it('standard output that ends inside the last line is noticed', () => {
    const pages = Math.ceil(readFileSync(join(folder, 'scores.csv')).length / PAGE);
    fill((pages - 1) * PAGE);
    const ended = shell('tenas batch export store > disk/rows.csv');
    expectOneLine(ended, /^error: standard output can't be written: the disk or quota is full$/m);
    expect(ended.code).toBe(3);
    rmSync(join(mounted, 'rows.csv'));
  });
});

describe.skipIf(!existsSync('/dev/full'))(
  'standard streams that cannot be written (skipped without /dev/full)',
  () => {
    it.each(['info', 'info --json', 'batch export store --format jsonl', '--help'])('tenas %s', (line) => {
      const ended = shell(`tenas ${line} > /dev/full`);
      expectOneLine(ended, /^error: standard output can't be written: the disk or quota is full$/m);
      expect(ended.err.split('\n')).toHaveLength(2);
      expect(ended.code).toBe(3);
    });

    it('is an error also where only notes are lost, and the result is there', () => {
      const { code, out } = shell(
        'tenas evaluate scores.csv --table table.csv --resamples 0 --out notes.json --json 2> /dev/full',
      );
      expect(code).toBe(3);
      expect(JSON.parse(out).kind).toBe('evaluation');
    });

    it('keeps the code of an error whose message is lost', () => {
      expect(shell('tenas serch 2> /dev/full').code).toBe(2);
    });

    it('is no error where a reader has had enough', () => {
      const { err } = shell('tenas batch export store --format jsonl | head -n 1');
      expect(err).toBe('');
    });
  },
);

it('does not replace a table without --force', async () => {
  const path = join(folder, 'there.csv');
  writeFileSync(path, 'old\n');
  const args = ['batch', 'export', 'store', '--file', 'there.csv'];
  const refused = await tenasServed(args, folder);
  expect(refused.code).toBe(2);
  expect(refused.err).toBe('error: there.csv exists already; force the write (--force) to replace it\n');
  expect(readFileSync(path, 'utf8')).toBe('old\n');
  const forced = await tenasServed([...args, '--force'], folder);
  expect([forced.code, forced.out]).toEqual([0, '120 rows in there.csv\n']);
  expect(readFileSync(path, 'utf8')).toBe(readFileSync(join(folder, 'scores.csv'), 'utf8'));
});
