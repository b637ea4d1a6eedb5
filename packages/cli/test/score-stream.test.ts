import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { scoreLineSchema } from '@tenas/records';
import { getSpace } from '@tenas/spaces';
import { describe, expect, it } from 'vitest';
import { temporaryFolder } from '../../../test/support/temporary-folder.js';
import { tiny, writeSpec } from './support/batch-results.js';
import { tenas } from './support/run-in-process.js';

const folder = temporaryFolder();
const small = ['--repeats', '1', '--set', 'ntk.batchSize=4', '--set', 'regions.batches=1'];
const argv = ['score', '--stdin', '--device', 'cpu', ...small, '--set', 'regions.batchSize=40'];
const counted = ['score', '--stdin', '--metrics', 'params,macs', '--repeats', '1'];

const { enumeration } = getSpace('nas-bench-201');
const cell = (index: number): string => getSpace('nas-bench-201').format(enumeration!.at(index));

/** The answers to lines that come in pieces of any size. */
async function answers(args: readonly string[], input: string | Readable, unread?: AbortSignal) {
  const pieces = typeof input === 'string' ? (input.match(/[\s\S]{1,777}/g) ?? []) : [];
  const stream = typeof input === 'string' ? Readable.from(pieces.map((piece) => Buffer.from(piece))) : input;
  const { code, out, err } = await tenas(args, { input: () => stream, unread });
  const lines = out === '' ? [] : out.trimEnd().split('\n');
  return { code, out, err, lines: lines.map((line) => scoreLineSchema.parse(JSON.parse(line))) };
}

const request = (architecture: unknown, id?: unknown): string => JSON.stringify({ architecture, id });
const failed = <T extends object>(line: T): line is T & { error: { code: string; message: string } } =>
  'error' in line;

describe('tenas score --stdin', () => {
  it('gives each architecture the scores that a batch gives it, bit for bit', async () => {
    const cells = [781, 4000, 4321, 7812, 9000, 11_111, 15_000].map(cell);
    const spec = writeSpec(
      folder,
      'each',
      `score: {architectures: [${cells.map((text) => `'${text}'`).join(', ')}], isomorphic: each, seeds: 5, ${tiny}}`,
    );
    const out = join(folder, 'batch');
    expect((await tenas(['batch', 'run', spec, '--out', out])).code).toBe(0);
    const rows = (await tenas(['batch', 'export', out, '--format', 'jsonl'])).out.trim().split('\n');
    const ofBatch = new Map(
      rows.map((row) => {
        const { architecture, result } = JSON.parse(row);
        return [architecture as string, result.scores as object];
      }),
    );
    const { code, err, lines } = await answers(
      [...argv, '--seed', '5'],
      cells.map((text) => request(text)).join('\n'),
    );
    expect(code, err).toBe(0);
    expect(lines).toHaveLength(cells.length);
    const timeless = (scores: object) =>
      JSON.parse(JSON.stringify(scores), (name, value) => (name === 'seconds' ? undefined : value));
    for (const line of lines) {
      if (failed(line)) throw new Error(line.error.message);
      expect(timeless(line.scores)).toEqual(timeless(ofBatch.get(line.architecture)!));
    }
    // Values that differ: the comparison is no comparison of failures.
    const values = lines.map((line) => (failed(line) ? null : line.scores.regions!.value));
    expect(new Set(values.filter((value) => value !== null)).size).toBeGreaterThan(4);
  });

  it('answers 999 of 1,000 lines of which one is malformed, in their order, with their ids', async () => {
    const lines = Array.from({ length: 1000 }, (_, index) => request(cell(index * 15), `id ${index}`));
    lines[499] = '{"architecture": "|nor_conv';
    const given = await answers(counted, `${lines.join('\r\n')}\r\n\r\n`);
    expect(given.code).toBe(1);
    expect(given.lines.map(({ line }) => line)).toEqual(lines.map((_, index) => index + 1));
    expect(given.lines.filter(failed)).toEqual([
      { line: 500, error: expect.objectContaining({ code: 'RECORD_INVALID' }) },
    ]);
    const last = given.lines.at(-1)!;
    expect(last).toMatchObject({ id: 'id 999', architecture: cell(999 * 15), kind: 'score', repeats: 1 });
  });

  it('answers what it cannot score by its reason, and keeps the id', async () => {
    const { code, lines } = await answers(
      counted,
      [
        request('|nor_conv_3x3~0|+|x', 1),
        request('DARTS_V2', 2),
        request(cell(3), { nested: true }),
        '{"id": 4, "architecture": 5}',
        '{"id": 5, "architecture": "DARTS_V2", "repeats": 3}',
        '[]',
        `{"id": 7, "architecture": "${'x'.repeat(300_000)}"}`,
        request(cell(8), 8),
        // Whole numbers that JSON does not keep would come back as others.
        `{"id": 12345678901234567890, "architecture": ${JSON.stringify(cell(9))}}`,
        request(cell(10), 10.5),
      ].join('\n'),
    );
    expect(code).toBe(1);
    expect(lines.map((line) => ('id' in line ? line.id : null))).toEqual([
      ...[1, 2, null, 4, 5, null, null, 8],
      ...[null, 10.5],
    ]);
    expect(lines.map((line) => (failed(line) ? line.error.message : 'scored'))).toEqual([
      expect.stringContaining('at position 18 found'),
      'scored',
      expect.stringContaining('id is an object'),
      expect.stringContaining('architecture is 5; it must be an architecture'),
      'line 5: this looks like a request, but has the unknown field repeats; it must be an object with architecture and id alone',
      expect.stringContaining('it must be an object'),
      'line 7: has more than 262144 bytes',
      'scored',
      expect.stringContaining('it must be a number that JSON keeps'),
      'scored',
    ]);
  });

  it('shows nothing of an id that a terminal would obey, and gives it back', async () => {
    const id = 'a\u202e\u2066\u009b31m\u001b[2J';
    const { out, lines } = await answers(counted, request(cell(1), id));
    expect(out).not.toMatch(/\p{Cf}|(?!\n)\p{Cc}/u);
    expect(lines).toEqual([expect.objectContaining({ id })]);
  });

  it('answers one request before the next one comes', async () => {
    const input = new Readable({ read() {} });
    const seen: string[] = [];
    let answered = () => {};
    const running = tenas(counted, {
      input: () => input,
      out: (text) => {
        seen.push(text);
        answered();
      },
    });
    for (const index of [1, 2, 3]) {
      const answer = new Promise<void>((resolve) => {
        answered = resolve;
      });
      input.push(`${request(cell(index), index)}\n`);
      await answer;
      expect(JSON.parse(seen.at(-1)!)).toMatchObject({ id: index, architecture: cell(index) });
    }
    input.push(null);
    expect((await running).code).toBe(0);
    expect(seen).toHaveLength(3);
  });

  it('answers errors at once with --unordered, and each line once', async () => {
    const { code, lines } = await answers(
      [...argv, '--unordered'],
      [request(cell(9), 'first'), request('?', 'second'), request(cell(10), 'third')].join('\n'),
    );
    expect(code).toBe(1);
    expect(lines[0]).toMatchObject({ id: 'second', line: 2 });
    expect(lines.map(({ line }) => line).toSorted()).toEqual([1, 2, 3]);
  });

  it('ends quietly when nobody reads its answers, though more requests could come', async () => {
    const left = new AbortController();
    const endless = new Readable({ read() {} });
    endless.push(`${request(cell(1))}\n`);
    const running = tenas(counted, { input: () => endless, unread: left.signal, out: () => left.abort() });
    expect(await running).toMatchObject({ code: 0, err: '' });
  });

  it('stops on request', async () => {
    const stop = new AbortController();
    const running = tenas(counted, { input: () => new Readable({ read() {} }), signal: stop.signal });
    setTimeout(() => stop.abort(), 50);
    expect((await running).err).not.toBe('');
  });

  it.each([
    [['--arch', cell(1)], '--arch: comes in the lines of --stdin'],
    [['--json'], '--json: prints one document'],
    [['--index-table', 'x.csv'], '--index-table: numbers the architectures of one space'],
    [['--metrics', 'nothing'], 'nothing'],
  ])('refuses %j', async (more, problem) => {
    const { code, err } = await tenas([...counted, ...more]);
    expect(code).toBe(2);
    expect(err).toContain(problem);
  });

  it('asks for the name behind an @', async () => {
    const { code, err } = await tenas(['score', '--arch', '@', '--metrics', 'params']);
    expect([code, err]).toEqual([
      2,
      'error: --arch: got "@"; give the name of a file behind it, as @cell.txt\n',
    ]);
  });

  it('reads one architecture from a file or from standard input', async () => {
    const file = join(folder, 'cell.txt');
    writeFileSync(file, `# found by hand\n\n${cell(77)}\n`);
    const { code, out } = await tenas(['score', '--arch', `@${file}`, '--metrics', 'params', '--json']);
    expect(code).toBe(0);
    expect(JSON.parse(out).architecture).toBe(cell(77));
    writeFileSync(file, '# nothing\n');
    const empty = await tenas(['score', '--arch', `@${file}`, '--metrics', 'params']);
    expect(empty.err).toContain('is empty; give an architecture');
    expect((await tenas(['score', '--arch', '@nowhere.txt'])).err).toContain('--arch: nowhere.txt');
  });
});
