import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { temporaryFolder } from '../../test/support/temporary-folder.js';
import { row } from '../src/bench-context.js';
import { compareCommand } from '../src/compare-command.js';
import type { BenchResult } from '../src/result.js';

const folder = temporaryFolder();

/** Nine samples around a time, as `npm run bench` takes them: `spread` is the distance of the outermost, as a share. */
function samples(time: number, spread: number): number[] {
  return Array.from({ length: 9 }, (_, place) => time * (1 + (spread * (place - 4)) / 4));
}

/** Writes a result of two rows, whose second takes this long. */
function written(name: string, time: number, spread: number): string {
  const machine = {
    ...{ cpu: 'a processor', cores: 2, isa: 'avx2', memoryBytes: 2 ** 30, node: '22', compiler: 'GNU 12' },
    ...{ commit: 'abc', dirty: false, loadBefore: 0 },
  };
  const result: BenchResult = {
    ...{ format: 'tenas-bench-1', kind: 'bench', date: '2026-01-01T00:00:00.000Z', seed: 1, machine },
    ...{ roofline: null, warnings: [] },
    rows: [
      row({ name: 'steady', title: 'steady', unit: 'ms' }, samples(10, spread)),
      row({ name: 'changing', title: 'changing', unit: 'ms' }, samples(time, spread)),
    ],
  };
  const path = join(folder, `${name}.json`);
  writeFileSync(path, JSON.stringify(result));
  return path;
}

function compare(...args: string[]): { code: number; out: string; err: string } {
  let [out, err] = ['', ''];
  const code = compareCommand(args, {
    out: (line) => {
      out += `${line}\n`;
    },
    err: (line) => {
      err += `${line}\n`;
    },
  });
  return { code, out, err };
}

describe('npm run bench:compare -- BEFORE AFTER --fail-above 5%', () => {
  const quiet = written('quiet', 20, 0.01);
  const noisy = written('noisy', 20, 0.4);
  const limit = ['--fail-above', '5%'];

  it('passes a run beside itself, and one that is slower by less', () => {
    expect(compare(quiet, quiet, ...limit)).toMatchObject({
      ...{ code: 0, out: expect.stringContaining('nothing of 2 rows became slower by more than 5 %') },
    });
    expect(compare(quiet, written('near', 20.8, 0.01), ...limit).code).toBe(0);
  });

  it('fails where a row is slower by more, and names it', () => {
    const { code, out } = compare(quiet, written('slower', 21.6, 0.01), ...limit);
    expect(code).toBe(1);
    expect(out).toContain('1 of 2 rows became slower by more than 5 %');
    expect(out.split('\n').filter((line) => line.endsWith('slower'))).toEqual([
      expect.stringMatching(/^changing/),
    ]);
    // The same under a higher limit, and the other way around.
    expect(compare(quiet, join(folder, 'slower.json'), '--fail-above', '10').code).toBe(0);
    expect(compare(join(folder, 'slower.json'), quiet, ...limit).code).toBe(0);
  });

  it('passes what the noise of the runs explains, and fails what it does not', () => {
    const beside = compare(noisy, written('noisy-slower', 21.6, 0.4), ...limit);
    expect(beside.code).toBe(0);
    expect(beside.out).toMatch(/^changing .*noise$/m);
    expect(compare(noisy, written('noisy-twice', 40, 0.4), ...limit).code).toBe(1);
  });

  it.each([
    [[quiet], 'one file alone'],
    [[quiet, quiet, quiet], 'three'],
    [[quiet, quiet, '--fail-above', 'much'], 'a limit that is no number'],
    [[quiet, quiet, '--fail-above', '0'], 'a limit of nothing'],
  ])('shows its usage for %j: %s', (args) => {
    expect(compare(...args)).toMatchObject({ code: 2, err: expect.stringContaining('--fail-above PERCENT') });
  });

  it('names a file that is no result', () => {
    const broken = join(folder, 'broken.json');
    writeFileSync(broken, '{}');
    expect(() => compare(quiet, broken)).toThrow('broken.json');
  });
});
