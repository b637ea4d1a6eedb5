import { readFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { hypervolume, mean, writeOutputFile } from '@tenas/base';
import { syntheticImages } from '@tenas/data';
import { readIndexTable } from '@tenas/evaluation';
import { readDeviceTable } from '@tenas/latency';
import { type CountingMetric, params } from '@tenas/metrics';
import { type CompleteSearch, csvRow, minimisedValues } from '@tenas/records';
import { type LatencyPredictor, runSearch } from '@tenas/search';
import { nasBench201 } from '@tenas/spaces';
import { publishedAccuracies } from './found-accuracy.js';
import { markdownTable } from './text-table.js';

const help = `Fronts of NAS-Bench-201 by a table of accuracies and one of latencies in place of scores and measurements: how much of
the hypervolume of the exact front the strategy nsga2 finds, and as many random cells.

  node benchmarks/dist/study-fronts.js --table ACCURACY.csv --latencies LATENCY.csv [--devices pixel3,gold_6226]
                                       [--evaluations 1000] [--seeds 5] [--out FILE.csv]

The accuracy on CIFAR-100 is what the search sees. The hypervolume is measured from the worst values of the exact front.`;

const { values: given } = parseArgs({
  options: {
    table: { type: 'string' },
    latencies: { type: 'string' },
    devices: { type: 'string', default: 'pixel3,gold_6226' },
    evaluations: { type: 'string', default: '1000' },
    seeds: { type: 'string', default: '5' },
    out: { type: 'string' },
    help: { type: 'boolean', short: 'h' },
  },
});
if (given.help || given.table === undefined || given.latencies === undefined) {
  console.error(help);
  process.exit(given.help ? 0 : 2);
}

/** Column of the accuracy that is searched for. */
const ACCURACY = 1;

const { accuracies } = publishedAccuracies(given.table);
const counted = nasBench201.costs(nasBench201.sizes.final(syntheticImages()));

/**
 * Cells are what the table says of them: metrics that count see nothing else of it. Isomorphic cells were trained apart,
 * so they are apart here.
 */
const { isomorphism: _, ...apart } = nasBench201;
const space: Omit<typeof nasBench201, 'isomorphism'> = {
  ...apart,
  costs: () => ({
    of: (architecture) => ({
      ...counted.of(architecture),
      flops: accuracies.get(nasBench201.format(architecture))?.[ACCURACY] ?? Number.NaN,
    }),
  }),
};
const accuracy: CountingMetric = {
  ...params,
  ...{ name: 'accuracy', title: 'accuracy', better: 'higher' },
  count: ({ cost }) => cost.flops,
};

const indices = readIndexTable(readFileSync(given.table, 'utf8'), given.table, nasBench201);
const latencies = readDeviceTable(readFileSync(given.latencies, 'utf8'), given.latencies, {
  space: nasBench201,
  indices,
});

/** The measured latencies of a device in place of a model. */
function measuredOn(device: string): LatencyPredictor {
  const known = new Map(latencies.rows(latencies.column(device)).map(({ text, ms }) => [text, ms]));
  return {
    ...{ file: latencies.from, device, digest: '0'.repeat(64) },
    ms: (choices) => known.get(nasBench201.format(nasBench201.fromChoices(choices))) ?? Number.NaN,
  };
}

interface Case {
  readonly name: string;
  readonly objectives: readonly string[];
  readonly latency: LatencyPredictor | undefined;
}

const devices = given.devices.split(',').map((device): Case => {
  const latency = measuredOn(device);
  return { name: `accuracy, latency on ${device}`, objectives: ['score', 'latency'], latency };
});
const cases: readonly Case[] = [
  { name: 'accuracy, parameters', objectives: ['score', 'params'], latency: undefined },
  { name: 'accuracy, multiply-adds', objectives: ['score', 'macs'], latency: undefined },
  ...devices,
  {
    name: `accuracy, parameters, latency on ${devices[0]!.latency!.device}`,
    objectives: ['score', 'params', 'latency'],
    latency: devices[0]!.latency,
  },
];

async function frontOf(one: Case, strategy: 'nsga2' | 'random', settings: object, seed: number) {
  const { latency, objectives } = one;
  const found: CompleteSearch = await runSearch({
    ...{ space, source: syntheticImages(), strategy, metrics: [accuracy], seed },
    ...(latency === undefined ? {} : { latency }),
    settings: { ...settings, objectives },
  });
  return found.front!.map((member) => minimisedValues(member, found.objectives!));
}

const evaluations = Number(given.evaluations);
const rows: string[][] = [];
let text = `${csvRow(['objectives', 'strategy', 'seed', 'evaluations', 'front', 'exact_front', 'share'])}\n`;
for (const one of cases) {
  const exact = await frontOf(one, 'random', { samples: space.enumeration.size }, 0);
  const reference = one.objectives.map((_objective, at) => Math.max(...exact.map((point) => point[at]!)));
  const whole = hypervolume(exact, reference);
  const row = [one.name, String(exact.length)];
  for (const [strategy, settings] of [
    ['nsga2', { evaluations }],
    ['random', { samples: evaluations }],
  ] as const) {
    const shares: number[] = [];
    for (let seed = 0; seed < Number(given.seeds); seed++) {
      const points = await frontOf(one, strategy, settings, seed);
      const share = hypervolume(points, reference) / whole;
      shares.push(share);
      const sizes = [points.length, exact.length];
      text += `${csvRow([one.name, strategy, seed, evaluations, ...sizes, share.toFixed(5)])}\n`;
    }
    row.push(`${(100 * mean(shares)).toFixed(1)} % (${(100 * Math.min(...shares)).toFixed(1)} % at least)`);
  }
  rows.push(row);
}
if (given.out !== undefined) await writeOutputFile(given.out, text, { force: true });
console.log(markdownTable(['objectives', 'exact front', 'nsga2', 'random'], rows));
