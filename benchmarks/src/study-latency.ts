import { readFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { mean, quantile, writeOutputFile } from '@tenas/base';
import { syntheticImages } from '@tenas/data';
import { readIndexTable } from '@tenas/evaluation';
import {
  architecturesToMeasure,
  measureGraph,
  measureInTurn,
  rankCorrelation,
  readDeviceTable,
} from '@tenas/latency';
import { csvRow } from '@tenas/records';
import { getSpace, nasBench201 } from '@tenas/spaces';
import { markdownTable } from './text-table.js';

const help = `Latencies of random cells of NAS-Bench-201 in onnxruntime on this machine, all measured twice: how far the two
measurements differ, and how they rank the cells beside parameters, multiply-adds and published latencies.

  node benchmarks/dist/study-latency.js [--networks 60] [--seed 0] [--rounds 3] [--seconds 2] [--threads 1] [--batch 1]
                                        [--table ACCURACY.csv --latencies LATENCY.csv] [--out FILE.csv]

A measurement is what tenas latency --list --rounds makes of the list. The machine must be idle.`;

const { values: given } = parseArgs({
  options: {
    networks: { type: 'string', default: '60' },
    seed: { type: 'string', default: '0' },
    rounds: { type: 'string', default: '3' },
    seconds: { type: 'string', default: '2' },
    threads: { type: 'string', default: '1' },
    batch: { type: 'string', default: '1' },
    table: { type: 'string' },
    latencies: { type: 'string' },
    out: { type: 'string' },
    help: { type: 'boolean', short: 'h' },
  },
});
if (given.help || (given.table === undefined) !== (given.latencies === undefined)) {
  console.error(help);
  process.exit(given.help ? 0 : 2);
}

const space = getSpace(nasBench201.name);
const size = space.sizes.final(syntheticImages());
const drawn = architecturesToMeasure(space, Number(given.networks), Number(given.seed));
const graphs = drawn.map((architecture) => space.network(architecture, size));

async function measured(): Promise<number[]> {
  const latencies = await measureInTurn(
    (place) =>
      measureGraph(graphs[place]!, {
        ...{ maxSeconds: Number(given.seconds), threads: Number(given.threads), batch: Number(given.batch) },
      }),
    {
      networks: graphs.length,
      rounds: Number(given.rounds),
      onMeasured: ({ done, total }) => {
        if (done % 20 === 0) console.error(`  ${done} of ${total}`);
      },
    },
  );
  return latencies.map(({ median }) => median);
}

const [first, second] = [await measured(), await measured()];
const differences = first
  .map((ms, at) => Math.abs(second[at]! - ms) / Math.min(ms, second[at]!))
  .sort((a, b) => a - b);
const latency = first.map((ms, at) => mean([ms, second[at]!]));
const costs = drawn.map((architecture) => space.costs(size).of(architecture));

const rows: (readonly [figure: string, of: string, networks: number, value: number | null])[] = [
  ...([0.5, 0.9, 1] as const).map(
    (share) =>
      [
        'difference',
        share === 1 ? 'worst' : `quantile ${share}`,
        drawn.length,
        quantile(differences, share),
      ] as const,
  ),
  ['rank correlation', 'second measurement', drawn.length, rankCorrelation(first, second)],
  [
    'rank correlation',
    'parameters',
    drawn.length,
    rankCorrelation(
      latency,
      costs.map((cost) => cost.params),
    ),
  ],
  [
    'rank correlation',
    'multiply-adds',
    drawn.length,
    rankCorrelation(
      latency,
      costs.map((cost) => cost.macs),
    ),
  ],
];
if (given.table !== undefined && given.latencies !== undefined) {
  const indices = readIndexTable(readFileSync(given.table, 'utf8'), given.table, space);
  const table = readDeviceTable(readFileSync(given.latencies, 'utf8'), given.latencies, { space, indices });
  for (const device of table.devices) {
    const known = new Map(table.rows(device).map(({ text, ms }) => [text, ms]));
    const both = drawn.flatMap((architecture, at) => {
      const published = known.get(space.format(architecture));
      return published === undefined ? [] : [{ published, own: latency[at]! }];
    });
    rows.push([
      'rank correlation',
      device,
      both.length,
      rankCorrelation(
        both.map(({ own }) => own),
        both.map(({ published }) => published),
      ),
    ]);
  }
}

const cells = rows.map(([figure, of, networks, value]) => [figure, of, networks, value?.toFixed(4) ?? '']);
if (given.out !== undefined) {
  const lines = [['figure', 'of', 'networks', 'value'], ...cells].map((row) => csvRow(row));
  await writeOutputFile(given.out, `${lines.join('\n')}\n`, { force: true });
}
console.log(
  markdownTable(
    ['figure', 'of', 'networks', 'value'],
    cells.map((row) => row.map(String)),
  ),
);
