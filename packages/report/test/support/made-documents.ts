/** Architectures that look like those of NAS-Bench-201. */
export function architecture(index: number): string {
  const ops = ['none', 'skip_connect', 'nor_conv_1x1', 'nor_conv_3x3', 'avg_pool_3x3'];
  const op = (place: number) => ops[Math.floor(index / 5 ** place) % 5]!;
  return `|${op(0)}~0|+|${op(1)}~0|${op(2)}~1|+|${op(3)}~0|${op(4)}~1|${op(5)}~2|`;
}

const COLUMNS =
  'space,dataset,architecture,seed,repeats,kappa,regions,params,flops,seconds,status,kind,protocol,index,kappas';

/** CSV as `tenas batch export --format csv` writes it: scores, and a search that failed. */
export function madeBatchCsv(count: number): string {
  const rows = Array.from({ length: count }, (_, index) =>
    [
      'nas-bench-201',
      'cifar10',
      architecture(index * 37),
      index % 4,
      3,
      index % 10 === 9 ? '' : 100 + ((index * 7919) % 5000),
      200 + ((index * 104_729) % 1100),
      70_000 + 1000 * index,
      1e7 + 1e5 * index,
      (0.01 + 0.0001 * (index % 7)).toFixed(4),
      'done',
      'score',
      '',
      index * 37,
      '1;2;-',
    ].join(','),
  );
  const failed = 'nas-bench-201,cifar10,,7,6,,,,,,failed,search,fast,,';
  return [COLUMNS, ...rows, failed, ''].join('\n');
}

/** A table of accuracies of the same architectures. */
export function madeAccuracyCsv(count: number): string {
  const rows = Array.from(
    { length: count },
    (_, index) => `${index},${architecture(index * 37)},${60 + ((index * 13) % 34)},${90.5 - index / 10}`,
  );
  return ['index,arch,cifar100_test200,cifar10_test200', ...rows].join('\r\n');
}

/** Lines as `tenas batch export --format jsonl` writes them: a search, a score, a job that failed. */
export function madeBatchLines(search: object, score: object): string {
  const job = {
    seed: 3,
    status: 'done',
    params: 1e6,
    flops: 2e8,
    seconds: 3.1,
    architecture: architecture(99),
    key: 'k',
  };
  const settings = { space: 'nas-bench-201', dataset: { name: 'cifar10' }, protocol: 'fast', seeds: [3] };
  const failed = { status: 'failed', architecture: null, params: null, flops: null, seconds: null };
  const lines = [
    { kind: 'search', ...job, settings, result: search },
    { kind: 'score', ...job, seed: 4, settings, result: score },
    { kind: 'score', ...job, seed: 5, ...failed, settings, result: null },
  ];
  return `${lines.map((line) => JSON.stringify(line)).join('\n')}\n`;
}

/** A document as `tenas evaluate` writes it. */
export function madeEvaluation(count = 60) {
  const metrics = ['kappa', 'regions', 'log-rank(kappa)+log-rank(regions)'];
  const datasets = ['cifar10_test200', 'cifar100_test200'];
  const estimate = (value: number | null) => ({
    value,
    low: value === null ? null : value - 0.05,
    high: value === null ? null : value + 0.05,
  });
  const indices = Array.from({ length: count }, (_, index) => index);
  return {
    kind: 'evaluation',
    version: 1,
    space: 'nas-bench-201',
    scores: { from: 'scores.csv', rows: count, architectures: count, pooled: 0, dataset: 'cifar10' },
    table: { from: 'accuracy.csv', rows: count, architectureColumn: 'arch' },
    joined: { architectures: count, onlyScored: 0, onlyInTable: 0 },
    bootstrap: { resamples: 500, confidence: 0.95, seed: 0 },
    datasets,
    metrics: [
      { name: metrics[0], better: 'lower', source: { kind: 'column', column: 'kappa' }, failures: 1 },
      { name: metrics[1], better: 'higher', source: { kind: 'column', column: 'regions' }, failures: 0 },
      {
        name: metrics[2],
        better: 'lower',
        source: { kind: 'combination', combination: 'log-rank-sum', parts: ['kappa', 'regions'] },
        failures: 0,
      },
    ],
    populations: datasets.flatMap((dataset) =>
      (['all', 'without-none'] as const).map((population) => ({
        dataset,
        population,
        architectures: count,
        best: { accuracy: 94.37, architecture: architecture(1) },
        mean: 87.1,
      })),
    ),
    results: datasets.flatMap((dataset) =>
      (['all', 'without-none'] as const).flatMap((population) =>
        metrics.map((metric, place) => ({
          dataset,
          population,
          metric,
          architectures: count,
          failures: place === 0 ? 1 : 0,
          distinct: count,
          tiedPairs: 3,
          kendall: estimate(0.512 + place / 10),
          spearman: estimate(0.7),
          top: [
            { fraction: 0.1, architectures: count / 10, kendall: estimate(-0.04), spearman: estimate(-0.05) },
            { fraction: 0.01, architectures: 1, kendall: estimate(null), spearman: estimate(null) },
          ],
          bestRanked: { accuracy: 93.1, architecture: architecture(2), tied: 1 },
          topK: [1, 2, 5, 10, 20].map((k) => ({ k, best: 93.1 + k / 20, regret: 1.27 - k / 20, mean: 92.9 })),
          expectedBest: [2, 5, 10, 20].map((n) => ({ n, accuracy: 90 + n / 10, perfect: 91 + n / 10 })),
        })),
      ),
    ),
    points: {
      architectures: indices.map(architecture),
      hasNone: indices.map((index) => index % 2 === 0),
      accuracy: Object.fromEntries(
        datasets.map((dataset) => [
          dataset,
          indices.map((index) => (index === 3 ? 10 : 80 + ((index * 7) % 14))),
        ]),
      ),
      values: Object.fromEntries(
        metrics.map((metric) => [
          metric,
          indices.map((index) => (metric === 'kappa' && index === 5 ? null : 50 + ((index * 31) % 900))),
        ]),
      ),
    },
  };
}

/** A document of version 2, the second metric a control. @param more metrics besides, with long names */
export function madeJudgement(more = 0) {
  const { metrics, results, populations, points, ...evaluation } = madeEvaluation();
  const others = Array.from({ length: more }, (_, index) => `metric-${index}-of-a-very-long-name`);
  const [first] = metrics;
  const all = [
    ...metrics.slice(0, 2).map((metric, place) => (place === 1 ? { ...metric, control: true } : metric)),
    ...others.map((name) => ({ ...first!, name, source: { kind: 'column', column: name } })),
  ];
  const reached = <P extends { population: string; architectures: number }>(one: P) =>
    one.population === 'all' ? one : { ...one, population: 'without-unreachable', architectures: 40 };
  const names = all.map(({ name }) => name);
  return {
    ...evaluation,
    version: 2,
    metrics: all,
    populations: populations.map(reached),
    results: results
      .filter(({ metric }) => metric === 'kappa' || metric === 'regions')
      .flatMap((one) =>
        (one.metric === 'kappa' ? ['kappa', ...others] : ['regions']).map((metric) => ({ ...one, metric })),
      )
      .map((one) => ({
        ...reached(one),
        ownTop: {
          fraction: 0.1,
          architectures: 6,
          kendall: { value: 0.1, low: null, high: null },
          spearman: one.spearman,
        },
        ndcg: [{ k: 60, value: 0.9 }],
        precisionTop: [
          { fraction: 0.01, architectures: 1, value: 0 },
          { fraction: 0.1, architectures: 6, value: 0.3 },
        ],
        partial: {
          given: ['params', 'macs'],
          spearman: one.metric === 'regions' ? null : 0.2,
          kendall: null,
        },
        regret: [1, 2, 3, 60].map((k) => ({ k, regret: 1.27 - k / 60 })),
      })),
    correlations: ['all', 'without-unreachable'].map((population) => ({
      population,
      datasets: evaluation.datasets,
      metrics: names,
      kendall: names.map((row) => names.map((column) => (row === column ? 1 : 0.4))),
    })),
    points: { ...points, hasUnreachable: points.hasNone },
  };
}

/** A result as `npm run bench` writes it. */
export function madeBench(date: string, factor: number) {
  const summary = (median: number) => ({
    count: 9,
    min: median * 0.9,
    p10: median * 0.95,
    median,
    p90: median * 1.1,
  });
  return {
    format: 'tenas-bench-1',
    kind: 'bench',
    date,
    seed: 0,
    machine: {
      cpu: 'AMD EPYC',
      cores: 2,
      isa: 'avx512',
      memoryBytes: 1,
      node: '20.20.2',
      compiler: 'GNU',
      commit: 'abc',
      dirty: false,
      loadBefore: 0,
    },
    roofline: {
      peak: [{ isa: 'avx512', lanes: 16, gflops: 285 }],
      read: [
        { level: 'L1', cacheBytes: 1, workingSetBytes: 1, gigabytesPerSecond: 548 },
        { level: 'DRAM', cacheBytes: 0, workingSetBytes: 1, gigabytesPerSecond: 39 },
      ],
    },
    warnings: ['other work disturbs these measurements'],
    rows: [
      {
        name: 'ntk',
        title: 'NTK sample',
        unit: 'ms',
        better: 'lower',
        summary: summary(30 / factor),
        samples: [],
        target: 60,
        stretch: 20,
        gflops: 61.3 * factor,
        intensity: 9,
        shareOfPeak: 0.2,
        settings: { threads: 1 },
      },
      {
        name: 'speed-up',
        title: 'speed-up',
        unit: 'x',
        better: 'higher',
        summary: summary(1.4),
        samples: [],
        target: 1.8,
      },
      {
        name: 'no-samples',
        title: 'nothing',
        unit: 'ms',
        better: 'lower',
        summary: { count: 0, min: null, p10: null, median: null, p90: null },
        samples: [],
      },
    ],
  };
}
