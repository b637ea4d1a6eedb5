#!/usr/bin/env node
// Mean accuracy of the networks that searches find on NAS-Bench-201, looked up in a table of published accuracies:
//   node scripts/found-accuracy.mjs --data DIR --table accuracy.csv [--protocol fast] [--seeds 8] [--threads N]
// The table is a CSV with a header and columns arch, cifar10_test200, cifar100_test200, imagenet16_120_test200.
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';

const { values: given } = parseArgs({
  options: {
    data: { type: 'string' },
    table: { type: 'string' },
    protocol: { type: 'string', default: 'fast' },
    seeds: { type: 'string', default: '8' },
    threads: { type: 'string' },
  },
});
if (!given.data || !given.table) {
  console.error(
    'usage: node scripts/found-accuracy.mjs --data DIR --table accuracy.csv [--protocol fast] [--seeds 8]',
  );
  process.exit(2);
}

const [header, ...lines] = readFileSync(given.table, 'utf8')
  .trim()
  .split('\n')
  .map((line) => line.split(','));
const columns = ['arch', 'cifar10_test200', 'cifar100_test200', 'imagenet16_120_test200'].map((name) => {
  const index = header?.indexOf(name) ?? -1;
  if (index < 0) {
    console.error(`${given.table}: column '${name}' is missing`);
    process.exit(2);
  }
  return index;
});
const table = new Map(
  lines.map((line) => [line[columns[0] ?? 0], columns.slice(1).map((index) => Number(line[index]))]),
);

const tenas = fileURLToPath(new URL('../packages/cli/bin/tenas.js', import.meta.url));
const folder = mkdtempSync(join(tmpdir(), 'tenas-accuracy-'));
/** @type {number[][]} */
const rows = [];
try {
  for (let seed = 0; seed < Number(given.seeds); seed++) {
    const options = [
      'search',
      '--dataset',
      'cifar10',
      '--data',
      given.data,
      '--protocol',
      given.protocol,
      '--seed',
      String(seed),
    ];
    const threads = given.threads ? ['--threads', given.threads] : [];
    const start = performance.now();
    const run = spawnSync(process.execPath, [tenas, ...options, ...threads, '--out', folder, '--json'], {
      encoding: 'utf8',
      maxBuffer: 2 ** 28,
    });
    const wall = (performance.now() - start) / 1000;
    if (run.status !== 0) {
      console.error(run.stderr);
      process.exit(1);
    }
    const { genotype } = JSON.parse(run.stdout);
    const accuracy = table.get(genotype) ?? [Number.NaN, Number.NaN, Number.NaN];
    rows.push([...accuracy, wall]);
    console.log(
      `seed ${seed}  ${accuracy.map((x) => x.toFixed(2)).join(' / ')}  ${wall.toFixed(1)} s  ${genotype}`,
    );
  }
} finally {
  rmSync(folder, { recursive: true, force: true });
}
/** @param {number} column */
const summary = (column) => {
  const values = rows.map((row) => row[column] ?? Number.NaN);
  const mean = values.reduce((sum, x) => sum + x, 0) / values.length;
  const deviation = Math.sqrt(
    values.reduce((sum, x) => sum + (x - mean) ** 2, 0) / Math.max(values.length - 1, 1),
  );
  return `${mean.toFixed(2)} +- ${deviation.toFixed(2)}`;
};
console.log(
  `mean of ${rows.length} seeds, ${given.protocol}: CIFAR-10 ${summary(0)}, CIFAR-100 ${summary(1)}, ImageNet16-120 ${summary(2)}; ${summary(3)} s a search`,
);
