import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { readAccuracies } from '@tenas/evaluation';
import { readCsv } from '@tenas/records';
import { nasBench201 } from '@tenas/spaces';
import { expect, it } from 'vitest';
import { bestOfRandom, networksSeen, systemTable } from '../src/system-results.js';

it('expects of the best of some random networks what the mean over all draws is', () => {
  const networks = [
    [3, 10],
    [1, 40],
    [4, 20],
    [2, 30],
  ];
  const draws = networks.flatMap((a, place) => networks.slice(place + 1).map((b) => (a[0]! > b[0]! ? a : b)));
  const mean = [0, 1].map((column) => draws.reduce((sum, best) => sum + best[column]!, 0) / draws.length);
  expect(bestOfRandom(networks, 2)).toEqual(mean.map((value) => expect.closeTo(value, 12)));
  expect(bestOfRandom(networks, 1)).toEqual([2.5, 25]);
  expect(bestOfRandom(networks, 4)).toEqual([4, 20]);
  expect(bestOfRandom(networks, 99)).toEqual([4, 20]);
});

it('counts the draws from a policy, the candidates of stages, the finalists, or the architectures that were scored', () => {
  const scored = [{}, {}];
  const state = { drawn: 7, entropy: 1, probabilities: [[1]] };
  const detail = { decisions: [{ name: 'a', choices: ['b'] }], states: [state] };
  expect(networksSeen({ scored, detail })).toBe(7);
  expect(networksSeen({ scored, detail: null })).toBe(2);
  const finalists = [0.5, 0.4, 0.3].map((accuracy) => ({
    ...{ architecture: 'a', accuracy, loss: 1, logProbability: -1 },
  }));
  const learnt = { decisions: [], images: { training: 2, validation: 2 }, steps: 1, states: [] };
  expect(networksSeen({ scored: [], detail: { ...learnt, finalists } })).toBe(3);
  expect(networksSeen({ scored: [], detail: learnt })).toBe(0);
  const candidates = [0.5, 0.4].map((accuracy) => ({ architecture: 'a', accuracy, cost: 1 }));
  const stage = { name: 'late', searched: ['a'], loss: 1 };
  const stages = [
    { ...stage, candidates },
    { ...stage, candidates: candidates.slice(1) },
  ];
  const staged = { bound: 1, unit: 'ms', latency: null, layers: [], stages };
  expect(networksSeen({ scored: [], detail: staged })).toBe(3);
});

it('tells what systems found beside as many random networks', () => {
  const folder = mkdtempSync(join(tmpdir(), 'systems-'));
  try {
    const cells = ['none', 'skip_connect'].map(
      (op) => `|${op}~0|+|${op}~0|${op}~1|+|${op}~0|${op}~1|${op}~2|`,
    );
    const columns = ['one', 'two', 'three'];
    const table = readAccuracies(
      readCsv(`arch,${columns.join(',')}\n${cells[0]},10,20,30\n${cells[1]},50,60,70\n`, 'table'),
      { space: nasBench201, columns, strict: true },
    );
    const file = join(folder, 'systems.csv');
    writeFileSync(
      file,
      `system,dataset,seed,genotype,evaluations,seconds,threads\na,x,0,${cells[0]},1,3,1\na,x,1,${cells[1]},1,5,1\n`,
    );
    const lines = systemTable(table, [file]).split('\n');
    expect(lines.at(-1)).toMatch(
      /a .*2 .*30\.00 ± 28\.28 \/ 40\.00 \/ 50\.00 .*10\.00 .*1 .*30\.00 \/ 40\.00 \/ 50\.00 .*4 s/,
    );
    writeFileSync(file, `system,genotype,evaluations,seconds\na,${cells[1]},0,1\n`);
    expect(systemTable(table, [file]).split('\n').at(-1)).toMatch(/ 50\.00 \| 0 .*\| - .*\| 1 s/);
    writeFileSync(file, 'system,genotype,evaluations,seconds\na,nothing,1,1\n');
    expect(() => systemTable(table, [file])).toThrow(
      /systems\.csv: line 2: the accuracy table has no "nothing"/,
    );
  } finally {
    rmSync(folder, { recursive: true });
  }
});
