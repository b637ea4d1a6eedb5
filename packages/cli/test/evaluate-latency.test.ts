import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { evaluationSchema } from '@tenas/records';
import { getSpace } from '@tenas/spaces';
import { beforeAll, describe, expect, it } from 'vitest';
import { temporaryFolder } from '../../../test/support/temporary-folder.js';
import { tenas } from './support/run-in-process.js';

const folder = temporaryFolder();
const inFolder = (name: string): string => join(folder, name);
const space = getSpace('nats-size');
const cells = space.sample({ count: 40, seed: 2 });
/** ms: a sum over the widths, which an additive model fits. */
const latencies = cells.map(
  (cell) =>
    0.2 +
    Object.values(space.choicesOf(cell)).reduce((sum, width, at) => sum + (at + 1) * 0.01 * Number(width), 0),
);
const measured = inFolder('measured.csv');
const predicted = inFolder('predicted.csv');

async function judged(...argv: string[]): Promise<ReturnType<typeof evaluationSchema.parse>> {
  const given = ['evaluate', predicted, '--device-table', measured, '--resamples', '20', '--json', ...argv];
  const { code, out, err } = await tenas(given);
  expect(code, err).toBe(0);
  return evaluationSchema.parse(JSON.parse(out));
}

beforeAll(async () => {
  const rows = cells.map((cell, at) => `${space.format(cell)},${latencies[at]},${9 - latencies[at]!},0.5`);
  writeFileSync(measured, ['architecture,phone,against,macs', ...rows].join('\n'));
  const model = inFolder('phone.json');
  const of = ['--space', 'nats-size', '--device-table', measured];
  const table = await tenas(['latency', 'table', ...of, '--device', 'phone', '--out', model]);
  expect(table.code, table.err).toBe(0);
  const { code, err } = await tenas(['latency', ...of, '--model', model, '--out', predicted]);
  expect(code, err).toBe(0);
});

describe('predicted latencies', () => {
  it('are written as a device table, which is not replaced', async () => {
    const [header, ...lines] = readFileSync(predicted, 'utf8').trim().split('\n');
    expect(header).toBe('architecture,latency');
    expect(lines).toHaveLength(40);
    const [first] = lines;
    expect(first!.split(',')[0]).toBe(space.format(cells[0]!));
    const argv = ['latency', '--space', 'nats-size', '--model', inFolder('phone.json'), '--out', predicted];
    expect((await tenas([...argv, '--device-table', measured])).err).toContain('--force');
  });

  it('are judged by measured ones, of which less is better', async () => {
    const { table, datasets, results, populations, metrics } = await judged();
    expect(table).toMatchObject({ target: 'latency', scales: ['other', 'other'] });
    expect(datasets).toEqual(['phone', 'against']);
    const of = (dataset: string, metric: string) =>
      results.find((one) => one.dataset === dataset && one.metric === metric)!;
    expect(of('phone', 'latency').tau).toBeGreaterThan(0.9);
    expect(of('against', 'latency').tau).toBeLessThan(-0.9);
    // Controls are counted, and a network with fewer parameters is taken for the faster one.
    const counts = metrics.filter(({ source }) => source.kind === 'counted');
    expect(counts.map(({ name }) => name)).toEqual(expect.arrayContaining(['params', 'macs']));
    expect(counts.map(({ better }) => better)).toEqual(counts.map(() => 'lower'));
    expect(of('phone', 'params').tau).toBeGreaterThan(0.3);
    // All that is named after the accuracy is in ms, as it stands in the table.
    const ascending = latencies.toSorted((a, b) => a - b);
    expect(populations[0]!.best).toEqual({
      accuracy: ascending[0],
      architecture: space.format(cells[latencies.indexOf(ascending[0]!)]!),
    });
    expect(populations[0]!.mean).toBeCloseTo(latencies.reduce((sum, ms) => sum + ms, 0) / 40, 9);
    const { topK, expectedBest, bestRanked, ndcg } = of('phone', 'latency');
    expect(latencies).toContain(bestRanked.accuracy);
    const two = topK.find(({ k }) => k === 2)!;
    expect(two.regret).toBeCloseTo(two.best - ascending[0]!, 9);
    expect(two.mean).toBeGreaterThanOrEqual(two.best);
    expect(expectedBest.every(({ accuracy, perfect }) => accuracy >= perfect - 1e-9 && perfect > 0)).toBe(
      true,
    );
    expect(ndcg.every(({ value }) => value === null)).toBe(true);
  });

  it('are judged by the devices that are named, and told in ms', async () => {
    expect((await judged('--device', 'phone')).datasets).toEqual(['phone']);
    const argv = ['evaluate', predicted, '--device-table', measured, '--device', 'phone', '--resamples', '0'];
    const { out } = await tenas([...argv, '--out', inFolder('judged.json')]);
    expect(out).toContain('40 architectures have scores and latencies in ms');
    expect(out).toMatch(/inside the best by latency/);
    expect(out).toMatch(new RegExp(`best ${Number(Math.min(...latencies).toPrecision(4))}, mean`));
    const page = inFolder('page.html');
    expect((await tenas(['report', inFolder('judged.json'), '--out', page])).code).toBe(0);
    const shown = readFileSync(page, 'utf8');
    expect(shown).toContain('latency, ms');
    expect(shown).not.toContain('accuracy, %');
    expect(shown).not.toContain('accuracies of trained networks');
  });

  it('need one table, and its own flags', async () => {
    const refused = async (...argv: string[]) => {
      const { code, err } = await tenas(['evaluate', predicted, ...argv]);
      expect(code).toBe(2);
      return err;
    };
    expect(await refused()).toContain('give --table, a CSV of accuracies, or --device-table');
    expect(await refused('--table', measured, '--device-table', measured)).toContain(
      'give this one or --table',
    );
    expect(await refused('--device-table', measured, '--accuracy', 'phone')).toContain(
      '--device names columns',
    );
    expect(await refused('--table', measured, '--device', 'phone')).toContain('goes with --device-table');
    expect(await refused('--device-table', measured, '--device', 'pixel')).toContain('phone, against');
    const below = inFolder('below.csv');
    writeFileSync(below, `architecture,phone\n${space.format(cells[0]!)},-1\n`);
    expect(await refused('--device-table', below, '--strict')).toContain('a latency in ms, above 0');
  });
});
