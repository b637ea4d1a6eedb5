import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readdirSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { temporaryFolder } from '../../../test/support/temporary-folder.js';
import { tiny, writeSpec } from './support/batch-results.js';
import { command, requireBuild, tenasBuilt } from './support/built-command.js';

const folder = temporaryFolder();
const CELL = '|nor_conv_3x3~0|+|none~0|nor_conv_3x3~1|+|skip_connect~0|none~1|nor_conv_3x3~2|';
const SMALL = ['--arch', CELL, '--channels', '4', '--cells', '1'];
const SEARCH = 'search --repeats 1 --ntk-batch 4 --region-batches 1 --region-batch 40 --finals 0'.split(' ');

beforeAll(async () => {
  requireBuild();
  const spec = writeSpec(
    folder,
    'spec',
    `score: {architectures: {sample: 60, seed: 1}, seeds: [0, 1], ${tiny}}`,
  );
  const made = await tenasBuilt(['batch', 'run', spec, '--out', 'store', '--log-level', 'silent'], folder);
  expect(made.code).toBe(0);
  expect((await tenasBuilt(['batch', 'export', 'store', '--file', 'scores.csv'], folder)).code).toBe(0);
});

interface Ended {
  readonly code: number | null;
  readonly out: string;
  readonly err: string;
}

/** Runs `tenas` as the last words of another command, such as a shell that sets a limit. */
function tenas(before: readonly string[], args: readonly string[], env: NodeJS.ProcessEnv = {}): Ended {
  const [program = process.execPath, ...rest] = [...before, process.execPath, command, ...args];
  const { status, stdout, stderr } = spawnSync(program, rest, {
    cwd: folder,
    env: { ...process.env, ...env },
    encoding: 'utf8',
  });
  return { code: status, out: stdout, err: stderr };
}

const limited = (limit: string) => ['bash', '-c', `ulimit ${limit}; exec "$@"`, 'bash'];

function expectOneLine({ code, err }: Ended, message: RegExp): void {
  const errors = err.split('\n').filter((line) => /^(error|Error)\b/.test(line));
  expect([errors, code]).toEqual([[expect.stringMatching(message)], 3]);
  expect(err).not.toMatch(/^\s+at /m);
}

/** Every command that writes, into a new folder OUT. */
const WRITERS: readonly (readonly string[])[] = [
  [...SEARCH, '--out', 'OUT/found'],
  ['batch', 'run', 'spec.yaml', '--out', 'OUT/batch', '--log-level', 'silent'],
  ['batch', 'export', 'store', '--file', 'OUT/rows.csv'],
  ['batch', 'backup', 'store', 'OUT/copy.sqlite'],
  ['batch', 'merge', 'OUT/merged', 'store'],
  ['export', '--arch', CELL, '--out', 'OUT/net.onnx'],
  ['export', '--arch', CELL, '--format', 'pytorch', '--out', 'OUT/torch'],
  ['report', 'scores.csv', '--out', 'OUT/report.html'],
  ['train', ...SMALL, '--images', '64', '--epochs', '1', '--out', 'OUT/trained'],
  ['init', 'space', 'my-space', '--out', 'OUT/space'],
];
const named = WRITERS.map((argv) => [argv.filter((word) => /^[a-z]+$/.test(word)).join(' '), argv] as const);

function placed(argv: readonly string[], out: string): string[] {
  return argv.map((word) => word.replace('OUT', out));
}

/** Files under a folder that hold anything. */
function written(out: string): string[] {
  const script = 'find "$1" -type f -size +0 -printf "%P\\n"';
  return spawnSync('sh', ['-c', script, 'sh', out], { encoding: 'utf8' }).stdout.split('\n').filter(Boolean);
}

/** Makes a folder read-only, also for root, in a world of the process's own. */
const READ_ONLY = 'mount --bind "$0" "$0" && mount -o remount,ro,bind "$0" && exec "$@"';
const noMounts = spawnSync('unshare', ['-rm', 'true']).status !== 0;

describe.skipIf(noMounts)('a read-only file system (skipped where `unshare -rm` is not allowed)', () => {
  it.each(named)('refuses tenas %s', (_name, argv) => {
    const out = mkdtempSync(join(folder, 'out-'));
    const before = ['unshare', '-rm', 'sh', '-c', READ_ONLY, out];
    expectOneLine(
      tenas(before, placed(argv, out)),
      /^error: .*can't be written: the file system is read-only/,
    );
    expect(readdirSync(out)).toEqual([]);
  });

  it('is named where a folder is there', () => {
    const out = mkdtempSync(join(folder, 'out-'));
    const ended = tenas(['unshare', '-rm', 'sh', '-c', READ_ONLY, out], [...SEARCH, '--out', out]);
    expectOneLine(ended, /^error: .*the file system is read-only/);
  });
});

describe.skipIf(process.platform === 'win32')('a limit on the size of files', () => {
  it.each(named)('refuses tenas %s, and leaves no half file', (name, argv) => {
    const out = mkdtempSync(join(folder, 'out-'));
    const ended = tenas(limited('-f 1'), placed(argv, out));
    const store = /^error: .*(reading or writing failed|no room beside it|no space left)/;
    const limit = /^error: .*can't be written: the file is larger than this process may write \(ulimit -f\)/;
    expectOneLine(ended, name.startsWith('batch') ? store : limit);
    expect(written(out)).toEqual([]);
    // Of a batch whose store could not be begun only the lock stays, so that everything can be tried again.
    for (const path of ['batch', 'merged'].filter((one) => existsSync(join(out, one))))
      expect(readdirSync(join(out, path))).toEqual(['batch.lock']);
  });
});

describe.skipIf(process.platform === 'win32')('a limit on open files', () => {
  it.each([20, 32, 48])('of %i ends with its cause, or is enough', (files) => {
    for (const [name, argv] of named) {
      const out = mkdtempSync(join(folder, 'out-'));
      const ended = tenas(limited(`-n ${files}`), placed(argv, out));
      if (ended.code !== 0) expectOneLine(ended, /^error: .*ulimit -n/);
      else expect([name, readdirSync(out).length]).toEqual([name, 1]);
    }
  });
});

describe.skipIf(noMounts)('a small disk (skipped where `unshare -rm` is not allowed)', () => {
  const DISK =
    'mount -t tmpfs -o size="$1" tmpfs "$0" && shift && "$@"; code=$?; find "$0" -size +0 -type f; exit $code';
  it.each(['1k', '100k', '120k', '200k'])('of %s is called full, not damaged', (size) => {
    const out = mkdtempSync(join(folder, 'out-'));
    const ended = tenas(['unshare', '-rm', 'sh', '-c', DISK, out, size], placed(WRITERS[1]!, out));
    expectOneLine(ended, /^error: .*(no space left on the disk|no room beside it|disk or quota is full)/);
    expect(ended.err).not.toMatch(/damaged/);
  });

  it('is named where a copy of a store has no room', () => {
    const out = mkdtempSync(join(folder, 'out-'));
    const ended = tenas(['unshare', '-rm', 'sh', '-c', DISK, out, '40k'], placed(WRITERS[3]!, out));
    expectOneLine(ended, /^error: .*copy\.sqlite can't be written: the disk or quota is full/);
  });
});

describe('the folder for temporary files', () => {
  it.each(['missing', '/dev/null'])('%s is named with its variable', (name) => {
    const path = resolve(folder, name);
    const ended = tenas([], ['batch', 'run', 'spec.yaml', '--out', 'dry', '--dry-run'], { TMPDIR: path });
    expectOneLine(ended, /^error: \S+, the folder for temporary files, can't be written to .*TMPDIR$/);
  });

  it('is needed by nothing else', () => {
    for (const argv of [WRITERS[0]!, WRITERS[5]!, WRITERS[8]!]) {
      const out = join(folder, `without-${argv[0]}`);
      mkdirSync(out);
      expect(tenas([], placed(argv, out), { TMPDIR: join(folder, 'missing') }).code).toBe(0);
    }
  });
});

/** Another user, without processes of its own: root is bound by no limit on threads. */
const otherUser = ['setpriv', '--reuid', '64321', '--regid', '64321', '--clear-groups'];
const mayRead = spawnSync(otherUser[0]!, [...otherUser.slice(1), 'test', '-r', command]).status === 0;

describe.skipIf(!mayRead)('a limit on threads (needs root, and a checkout that others may read)', () => {
  // docs/troubleshooting.md. With fewer than twelve Node itself aborts, or waits for threads of its own.
  it.each([16, 24])('of %i is enough, and changes no score', (threads) => {
    const score = ['score', '--arch', CELL, '--metrics', 'naswot', '--threads', '64', '--json'];
    const scores = (ended: Ended) => {
      expect([ended.err, ended.code]).toEqual([expect.not.stringMatching(/error/i), 0]);
      return JSON.parse(ended.out).scores.naswot.value;
    };
    const ended = tenas([...otherUser, ...limited(`-u ${threads}`)], score, { HOME: '/' });
    expect(scores(ended)).toBe(scores(tenas([], score)));
  });
});

describe.skipIf(process.platform === 'win32')('a limit on memory', () => {
  // docs/troubleshooting.md. Node itself aborts where its own heap cannot grow.
  it.each([1_000_000, 1_200_000])('of %i kB is told in one line, or is enough', (kilobytes) => {
    const score = ['score', '--arch', CELL, '--metrics', 'params,naswot', '--set', 'naswot.batchSize=4'];
    const ended = tenas(limited(`-v ${kilobytes}`), [...score, '--repeats', '1', '--threads', '1']);
    if (ended.code === 0) expect(ended.out).toContain('naswot');
    else if (ended.code === null) expect(ended.err).toMatch(/FATAL ERROR|# Fatal/);
    else expectOneLine(ended, /^error: (out of memory: |The native addon could not be loaded)/);
  });

  it('that a request exceeds is told in one line', () => {
    const score = ['score', '--arch', CELL, '--metrics', 'ntk', '--set', 'ntk.batchSize=4096'];
    const ended = tenas(limited('-v 3000000'), [...score, '--threads', '1', '--json']);
    expectOneLine(ended, /^error: out of memory: cannot allocate \d+ bytes$/);
    expect(JSON.parse(ended.out).error).toMatchObject({ code: 'OUT_OF_MEMORY' });
  });
});
