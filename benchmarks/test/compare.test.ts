import { RandomStream } from '@tenas/base';
import { describe, expect, it } from 'vitest';
import { row } from '../src/bench-context.js';
import { compareResults, comparisonWarnings } from '../src/compare.js';
import { type BenchResult, parseResult, type Row, verdict } from '../src/result.js';

const machine = {
  cpu: 'a processor',
  cores: 2,
  isa: 'avx2',
  memoryBytes: 2 ** 30,
  node: '20',
  compiler: 'GNU 12',
  commit: 'abc',
  dirty: false,
  loadBefore: 0,
};

function result(...rows: Row[]): BenchResult {
  return {
    format: 'tenas-bench-1',
    kind: 'bench',
    date: '2026-01-01T00:00:00.000Z',
    seed: 1,
    machine,
    roofline: null,
    warnings: [],
    rows,
  };
}

const time = (name: string, ...samples: number[]) => row({ name, title: name, unit: 'ms' }, samples);
const rate = (name: string, ...samples: number[]) =>
  row({ name, title: name, unit: 'x', better: 'higher' }, samples);
const changes = (before: Row[], after: Row[]) =>
  compareResults(result(...before), result(...after), 0.1).map(({ change }) => change);

describe('compareResults', () => {
  it('knows slower from faster in both directions', () => {
    expect(changes([time('a', 10, 11, 12)], [time('a', 13, 14, 15)])).toEqual(['slower']);
    expect(changes([time('a', 10, 11, 12)], [time('a', 5, 6, 7)])).toEqual(['faster']);
    expect(changes([rate('a', 10, 11, 12)], [rate('a', 5, 6, 7)])).toEqual(['slower']);
    expect(changes([rate('a', 10, 11, 12)], [rate('a', 15, 16, 17)])).toEqual(['faster']);
  });

  it('passes what stays within the threshold', () => {
    expect(changes([time('a', 100)], [time('a', 109)])).toEqual(['same']);
    expect(changes([time('a', 100)], [time('a', 111)])).toEqual(['slower']);
  });

  it('takes a worse median with an equal best sample for noise', () => {
    expect(changes([time('a', 10, 10, 10)], [time('a', 10, 20, 20)])).toEqual(['noise']);
    expect(changes([rate('a', 10, 10, 10)], [rate('a', 10, 5, 5)])).toEqual(['noise']);
  });

  it('shows rows that only one run has, and rows without a figure', () => {
    expect(changes([time('a', 1), time('b', 1)], [time('b', 1), time('c', 1)])).toEqual([
      'missing',
      'same',
      'new',
    ]);
    expect(changes([time('a', 1)], [time('a')])).toEqual(['missing']);
    expect(changes([time('a', -1)], [time('a', 1)])).toEqual(['missing']);
  });

  it('warns of another machine and of load', () => {
    const other = { ...result(), machine: { ...machine, isa: 'avx512' }, warnings: ['busy'] };
    expect(comparisonWarnings(result(), other)).toEqual([
      'isa differs: avx2 and avx512',
      'run of 2026-01-01T00:00:00.000Z: busy',
    ]);
  });
});

describe('parseResult', () => {
  it('reads what was written', () => {
    const written = result(time('a', 1, 2, 3), rate('b', 4));
    expect(parseResult(JSON.stringify(written), 'file')).toEqual(written);
  });

  it.each([
    ['{', 'not JSON'],
    ['[]', 'format must be tenas-bench-1'],
    ['{"format":"tenas-bench-1"}', 'has no rows'],
    ['{"format":"tenas-bench-1","rows":[1]}', 'rows[0] is not an object'],
    ['{"format":"tenas-bench-1","rows":[{"name":"a"}]}', 'a: better must be lower or higher'],
    ['{"format":"tenas-bench-1","rows":[{"name":"a","better":"lower"}]}', 'a: has no summary'],
    [
      '{"format":"tenas-bench-1","rows":[{"name":"a","better":"lower","summary":{"median":"1"}}]}',
      'a: summary.median must be a number',
    ],
    ['{"format":"tenas-bench-1","rows":[]}', 'has no machine'],
  ])('%s is refused: %s', (text, problem) => {
    expect(() => parseResult(text, 'run.json')).toThrow(problem);
  });
});

describe('verdict', () => {
  it('tells stretch, met and missed', () => {
    const withTarget = (samples: number[], better: 'lower' | 'higher') =>
      verdict({
        ...row({ name: 'a', title: 'a', unit: 'ms', better }, samples),
        target: better === 'lower' ? 30 : 10,
        stretch: better === 'lower' ? 18 : 20,
      });
    expect([40, 30, 20, 18].map((value) => withTarget([value], 'lower'))).toEqual([
      'missed',
      'met',
      'met',
      'stretch',
    ]);
    expect([9, 10, 20].map((value) => withTarget([value], 'higher'))).toEqual(['missed', 'met', 'stretch']);
    expect(verdict(time('a', 1))).toBe('');
    expect(withTarget([], 'lower')).toBe('missed');
  });
});

describe('noise of the runs', () => {
  /** Seeded samples around a time, as many as `npm run bench` takes. */
  const samples = (stream: RandomStream, time: number, deviation: number): number[] =>
    Array.from({ length: 9 }, () => time * (1 + deviation * stream.normal()));

  const runs = (seed: number, slowdown: number, deviation: number) => {
    const stream = new RandomStream(seed);
    const titles = Array.from({ length: 30 }, (_, index) => `row ${index}`);
    const run = (factor: number) =>
      result(...titles.map((title) => time(title, ...samples(stream, 20 * factor, deviation))));
    return compareResults(run(1), run(slowdown), 0.05).filter(({ change }) => change === 'slower').length;
  };

  it.each(Array.from({ length: 20 }, (_, seed) => seed))(
    'explains the same build twice and not one that is a tenth slower, seed %i',
    (seed) => {
      for (const deviation of [0.005, 0.02, 0.05, 0.15]) expect(runs(seed, 1, deviation)).toBe(0);
      expect(runs(seed, 1.1, 0.005)).toBe(30);
      expect(runs(seed, 1.1, 0.02)).toBeGreaterThan(20);
    },
  );
});
