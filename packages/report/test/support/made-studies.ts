import { architecture } from './made-documents.js';
import { hash } from './made-results.js';

const estimate = (value: number) => ({ value, low: value - 0.0313, high: value + 0.0287 });

const BATCH_METRICS = ['ntk', 'regions', 'params', 'macs', 'synflow', 'jacov'] as const;

/** A comparison of two batches, as `tenas batch compare --json` prints it. */
export function madeComparison(count = 40) {
  const pairs = Array.from({ length: count }, (_, seed) => ({
    ...{ seed, a: architecture(seed), b: architecture(seed % 3 === 0 ? seed : seed + 1) },
  }));
  const side = (metric: string, batch: string) =>
    pairs.map(({ seed }) => 1e5 * (1 + hash(`${metric} ${batch} ${seed}`)));
  return {
    ...{ kind: 'batch-comparison', comparisonVersion: 1 },
    batches: {
      a: { name: 'results/first-sweep', jobs: { done: count, failed: 0, waiting: 0 } },
      b: { name: 'results/second-sweep', jobs: { done: count, failed: 1, waiting: 2 } },
    },
    bootstrap: { resamples: 2000, confidence: 0.95, seed: 0 },
    settings: [
      {
        ...{ kind: 'search', space: 'nas-bench-201', dataset: 'cifar10' },
        method: { a: 'te-nas', b: 'fast' },
        differences: [{ setting: 'threads', a: '1', b: '2' }],
        machines: { a: ['avx512'], b: ['avx2'] },
        ...{ over: 'seeds', pairs, foundSame: Math.ceil(count / 3), only: { a: 0, b: 3 } },
        seconds: { a: 240.5, b: 120.25 },
        metrics: BATCH_METRICS.map((metric) => ({
          ...{ metric, pairs: count, units: count, mean: { a: 149_000.123, b: 151_000.456 } },
          ...{ difference: estimate(-123.456), median: -101.25, higher: { a: 19, b: 21 }, equal: 0 },
          ...{ signedRank: 0.000123, kendall: estimate(0.612), spearman: estimate(0.789) },
          values: { a: side(metric, 'a'), b: side(metric, 'b') },
        })),
      },
    ],
    unpaired: [],
    metrics: BATCH_METRICS.map((name) => ({
      name,
      title: `the value of ${name}`,
      better: 'higher',
      settings: {},
    })),
  };
}

/** A study of tasks without labels, as `tenas study` writes it. */
export function madeTaskStudy(count = 20) {
  const tasks = ['rotation', 'colorization', 'jigsaw', 'labels', 'rotation-shuffled'] as const;
  const accuracy = Array.from({ length: count }, (_, cell) => 50 + 40 * hash(`cell ${cell}`));
  return {
    ...{
      kind: 'task-study',
      studyVersion: 1,
      versions: { tool: '0.1.0', isa: 'avx2' },
      space: 'nas-bench-201',
    },
    ...{ dataset: { name: 'cifar10', fingerprint: 'ab'.repeat(32) }, seed: 0, seeds: 3 },
    table: { file: 'accuracies.csv', column: 'cifar100 at epoch 200' },
    cells: accuracy.map((value, cell) => ({
      ...{ architecture: architecture(cell), params: 100_000 + cell, accuracy: value },
    })),
    tasks: tasks.map((name) => ({
      ...{ name, task: name, shuffled: name.endsWith('shuffled'), settings: {}, accuracy, seconds: 12.5 },
    })),
    results: tasks.flatMap((task) =>
      ['labels', 'table'].map((against) => ({
        ...{ task, against, cells: count, spearman: estimate(0.712), partial: estimate(0.412) },
      })),
    ),
    bestOf: tasks.map((task) => ({
      task,
      curve: Array.from({ length: 64 }, (_, at) => ({ m: at + 1, accuracy: 80.125, perfect: 94.375 })),
    })),
    seconds: 1234.5,
  };
}

/** A sweep by so many metrics that no paper is as wide as its table, as `tenas batch export --format csv` writes it. */
export function madeWideCsv(count: number, metrics: number): string {
  const names = Array.from({ length: metrics }, (_, metric) => `metric_number_${metric}`);
  const values = (index: number) => names.map((name) => (1e6 * hash(`${name} ${index}`)).toFixed(3));
  const head = 'job,kind,state,space,dataset,seed,architecture,seconds';
  const lines = Array.from({ length: count }, (_, index) =>
    [
      `j${index}`,
      'score',
      'done',
      'nas-bench-201',
      'cifar10',
      index,
      architecture(index),
      0.4,
      ...values(index),
    ].join(','),
  );
  return `${[`${head},${names.join(',')}`, ...lines].join('\n')}\n`;
}

/** Details of searches by other strategies than pruning, as their records hold them. */
export const MADE_DETAILS = {
  levels: {
    levels: [1, 2].map((level) => ({
      ...{ level, candidates: 40_800, seen: 4, ahead: level === 1 ? null : 0.375, own: 0.875, gap: 0.0625 },
      errors: { ensemble: 0.125, members: 0.25 },
      cells: [0.25, 0.75].map((target, index) => ({
        ...{ architecture: architecture(99 + index), predicted: 0.9, target, fitted: 0.5 },
      })),
    })),
  },
  agents: {
    loss: 'validation',
    decisions: [{ name: 'cell/1<-0', choices: ['skip_connect', 'nor_conv_3x3'] }],
    states: [25, 50].map((drawn) => ({
      ...{ drawn, entropy: 1 / drawn, loss: 0.25, regret: drawn / 2, probabilities: [[0.25, 0.75]] },
    })),
    finalists: [{ architecture: architecture(99), accuracy: 0.4567, loss: 1.5 }],
    answers: { policy: architecture(98), best: architecture(99) },
  },
  gradient: {
    decisions: [{ name: 'cell/1<-0', choices: ['skip_connect', 'nor_conv_3x3', 'none'] }],
    images: { training: 100, validation: 100 },
    steps: 12,
    states: [1, 2].map((epoch) => ({
      ...{ epoch, tau: 10 / epoch, entropy: 1 / epoch, trainLoss: 2.3 / epoch, validationLoss: 1.8 },
      ...{ validationAccuracy: 0.3, parameterFree: 3 - epoch, architecture: architecture(99) },
      probabilities: [[0.1, 0.85, 0.05]],
    })),
  },
} as const;
