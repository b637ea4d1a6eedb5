import { existsSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { readInputText } from '@tenas/base';
import { readCsv } from '@tenas/records';
import { getSpace, nasBench201 } from '@tenas/spaces';
import { describe, expect, it } from 'vitest';
import { buildAccuracyTable, readAccuracies, readIndexTable } from '../src/index.js';
import { Judge } from '../src/judge.js';
import { MetricCorrelations, rankedMetric } from '../src/ranked-metric.js';

/** Folder of the optional reference data. */
const shared = process.env.TENAS_SHARED ?? resolve(import.meta.dirname, '../../../../shared');
const data = join(shared, 'data');
const absent = existsSync(data) ? '' : ` (skipped: no ${data}; set TENAS_SHARED)`;
const official = join(data, 'nas-bench-201/accuracy.csv');

/** Tables as they are published: path, space, column, rows, architectures. NASLib drew some modules of NAS-Bench-101 often. */
const TABLES = [
  ['darts/genotypes.csv', 'darts', 'genotype', 400, 400],
  ['nas-bench-macro/accuracy.csv', 'nas-bench-macro', 'arch', 2187, 2187],
  ['mnasnet-imagenet/accuracy.csv', 'mnasnet', 'e,k,l,se', 1700, 1699],
  ['proxies/nb101_naslib_500_zcp.csv.gz', 'nas-bench-101', 'arch49matrix_7ops', 500, 301],
  ['proxies/nb301_naslib_725_zcp.csv.gz', 'darts', 'genotype_normal_reduce', 725, 725],
  ['nas-bench-201/accuracy.csv', 'nas-bench-201', 'arch', 15_625, 15_625],
] as const;

describe.skipIf(absent !== '')(`published tables${absent}`, () => {
  it.each(TABLES)('%s is read as it is', async (name, space, column, rows, architectures) => {
    const path = join(data, name);
    const table = readCsv(await readInputText(path), name, { forgiving: true });
    expect(table.rows).toHaveLength(rows);
    const read = readAccuracies(table, { space: getSpace(space) });
    expect(read.architectureColumn).toBe(column);
    expect(read.skipped).toEqual([]);
    expect(read.accuracies.size).toBe(architectures);
    expect(new Set(read.scales)).toEqual(new Set(['percent']));
    const built = await buildAccuracyTable(path, {});
    expect([built.space.name, built.rows.length]).toEqual([space, architectures]);
  });

  it('of NAS-Bench-201 list the architectures without unreachable operations', async () => {
    const indices = readIndexTable(await readInputText(official), official, nasBench201);
    const name = 'proxies/nb201_unique9445_zcp_suitezero.csv.gz';
    const listed = readAccuracies(readCsv(await readInputText(join(data, name)), name), {
      space: nasBench201,
      indices,
    });
    const reached = Array.from({ length: 15_625 }, (_, index) => indices.textOf(index)!).filter(
      (text) => !nasBench201.hasUnreachableOperation!(nasBench201.parse(text)),
    );
    expect(reached).toHaveLength(9445);
    expect(new Set(listed.accuracies.keys())).toEqual(new Set(reached));
  });

  it('of NAS-Bench-201 give parameters the published figures', async () => {
    const table = readCsv(await readInputText(official), official);
    const column = (name: string) => Float64Array.from(table.rows, ({ cells }) => Number(cells[name]));
    const params = rankedMetric({ name: 'params', better: 'higher' }, column('params_m_cifar10'));
    // VKDNW's table of all 15,625, where FLOPs rank as parameters: tau and nDCG at 1000.
    for (const [dataset, tau, gain] of [
      ['cifar10_test200', 0.578, 0.729],
      ['cifar100_test200', 0.551, 0.565],
      ['imagenet16_120_test200', 0.517, 0.386],
    ] as const) {
      const judge = new Judge(
        {
          architectures: table.rows.map(({ cells }) => cells.arch!),
          draws: [],
          correlations: new MetricCorrelations(15_625),
          given: [],
        },
        column(dataset),
        { confidence: 0.95, count: 0, seed: 0 },
      );
      const judged = judge.result(params);
      expect(Math.abs(judged.tau! - tau)).toBeLessThan(0.004);
      expect(judged.ndcg[0]!.k).toBe(1000);
      expect(Math.abs(judged.ndcg[0]!.value! - gain)).toBeLessThan(0.003);
    }
  });

  it('are joined by the numbers of the benchmark where they have these alone', async () => {
    const text = await readInputText(official);
    const indices = readIndexTable(text, official, nasBench201);
    expect(indices.textOf(0)).toMatch(/^\|avg_pool_3x3~0\|/);
    const name = 'proxies/nb201_c10valid_12epoch.csv';
    const read = readAccuracies(readCsv(await readInputText(join(data, name)), name), {
      space: nasBench201,
      indices,
    });
    expect([read.architectureColumn, read.accuracies.size]).toEqual(['index', 15_625]);
    expect(read.accuracies.get(indices.textOf(1))).toEqual([82.834]);
    const built = await buildAccuracyTable(join(data, name), { indices: { text, from: official } });
    expect([built.space.name, built.rows.length]).toEqual(['nas-bench-201', 15_625]);
  });
});
