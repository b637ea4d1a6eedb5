import { openDataset } from '@tenas/data';
import {
  isPruneRecord,
  type PruneRecord,
  readSearchRecord,
  type Scores,
  type SearchRecord,
} from '@tenas/records';
import {
  type EvaluationRequest,
  pruning,
  runSearch,
  SearchInterrupted,
  type SupernetEvaluator,
} from '@tenas/search';
import { getSpace } from '@tenas/spaces';

/** A number in [0, 1) from a text. */
export function hash(text: string): number {
  let h = 0x811c9dc5;
  for (const character of text) h = Math.imul(h ^ character.charCodeAt(0), 0x01000193);
  h = Math.imul(h ^ (h >>> 15), 0x2c1b3c6d);
  h = Math.imul(h ^ (h >>> 12), 0x297a2d39);
  return ((h ^ (h >>> 15)) >>> 0) / 2 ** 32;
}

/** Answers by formula, so that searches of these tests take milliseconds; now and then a kernel fails. */
function quickEvaluator(failEvery: number, onAsked: (times: number) => void): SupernetEvaluator {
  let asked = 0;
  const answers = <T>(request: EvaluationRequest, answer: (text: string) => T): T[][] =>
    request.candidates.map((active) => request.draws.map((draw) => answer(JSON.stringify([active, draw]))));
  return {
    async ntk(request) {
      onAsked(++asked);
      request.signal?.throwIfAborted();
      return answers(request, (text) => {
        const value = hash(text);
        return failEvery > 0 && value < 1 / failEvery
          ? { kind: 'failed', reason: 'zero', quotient: Number.POSITIVE_INFINITY }
          : { kind: 'ok', conditionNumber: 10 + 1000 * value };
      });
    },
    async zen(request) {
      return answers(request, (text) => 100 * hash(`Z${text}`));
    },
    async regions(request) {
      return answers(request, (text) => Math.floor(500 + 1000 * hash(`R${text}`)));
    },
    [Symbol.dispose]() {},
  };
}

/** A record of the real search on made-up measurements. */
export async function madeRecord(given: {
  readonly space: 'nas-bench-201' | 'darts';
  readonly seed?: number;
  /** Stops in this round, from 1. */
  readonly stopIn?: number;
  /** One kernel in so many fails. */
  readonly failEvery?: number;
  /** Scores the architectures left after a round one by one, as `te-nas-finals` does; else pruning goes on to the end. */
  readonly finals?: boolean;
  /** Default `te-nas-finals`. */
  readonly protocol?: 'te-nas-finals' | 'fast';
}): Promise<PruneRecord> {
  const written = JSON.parse(JSON.stringify(await searched(given)));
  const record = readSearchRecord(written);
  if (!isPruneRecord(record)) throw new Error('not a record of a pruning search');
  return JSON.parse(JSON.stringify(record));
}

async function searched(given: Parameters<typeof madeRecord>[0]): Promise<object> {
  const source = await openDataset({ dataset: 'synthetic' });
  const controller = new AbortController();
  try {
    const evaluator = quickEvaluator(given.failEvery ?? 0, (times) => {
      if (times === given.stopIn) controller.abort(new Error('stopped'));
    });
    const record = await runSearch({
      space: getSpace(given.space),
      source,
      strategy: pruning(() => evaluator),
      metrics: ['params', 'macs'],
      seed: given.seed ?? 1,
      signal: controller.signal,
      settings: { protocol: given.protocol ?? 'te-nas-finals', ...(given.finals ? {} : { finals: null }) },
    });
    return { ...record, scores: null };
  } catch (error) {
    if (error instanceof SearchInterrupted) return error.record;
    throw error;
  }
}

function bare(value: number) {
  return { value, repeats: [], seconds: null };
}

/** What `tenas search` adds to a complete record. */
export const SCORES = {
  ntk: bare(138.4),
  regions: bare(1314),
  params: bare(1_316_506),
  macs: bare(188_662_400),
} as const satisfies Scores;

/** A record of a strategy that the report knows nothing of: each step tries one architecture. */
export function madeOwnRecord(steps: number): SearchRecord {
  const values = Array.from({ length: steps }, (_, step) => hash(`own ${step}`));
  let best = { value: -1, architecture: '' };
  return {
    recordVersion: 2,
    kind: 'search',
    strategy: 'my-random',
    versions: { search: '0.1.0', engine: { name: 'quick', version: '0.0.0', isa: 'none' } },
    plugins: [{ kind: 'strategy', name: 'my-random', sha256: 'ab'.repeat(32) }],
    space: 'widths',
    dataset: {
      name: 'cifar10',
      images: 50_000,
      sampledFrom: null,
      skipped: 0,
      classes: 10,
      height: 32,
      width: 32,
    },
    metrics: [
      { name: 'edge_score', title: 'score of edges', better: 'higher', settings: { batchSize: 8 } },
      { name: 'macs', title: 'multiply-adds', better: 'lower', settings: {} },
    ],
    settings: { evaluations: steps, nested: { deep: [1, 2] } },
    seed: 4,
    threads: null,
    startedAt: '2026-11-25T10:00:00.000Z',
    status: 'complete',
    steps: values.map((value, step) => {
      if (value > best.value) best = { value, architecture: `${step}:64` };
      const { architecture } = best;
      const scores = { edge_score: bare(best.value), macs: bare(1e6 + step) };
      return {
        step,
        label: `architecture ${step + 1}`,
        evaluations: { edge_score: 1 },
        failures: {},
        seconds: 0.25,
        metricSeconds: { edge_score: 0.2 },
        best: { architecture, scores },
      };
    }),
    scored: [],
    evaluations: { edge_score: steps },
    failures: { edge_score: { nan: 2 } },
    seconds: steps / 4,
    metricSeconds: { edge_score: steps / 5 },
    architecture: best.architecture,
    genotype: best.architecture,
    scores: {
      edge_score: { value: best.value, repeats: [best.value, null], failures: [null, 'nan'], seconds: 0.1 },
    },
    detail: { anything: [1, { at: 'all' }] },
  };
}

/** A search for the front of three objectives. */
export function madeFrontRecord() {
  const objectives = [
    { name: 'score', title: 'a score', better: 'higher' },
    { name: 'params', title: 'parameters', better: 'lower' },
    { name: 'latency', title: 'predicted latency on laptop', better: 'lower', unit: 'ms' },
  ];
  const front = Array.from({ length: 12 }, (_, place) => ({
    architecture: `cell-${place}`,
    values: {
      score: 100 - place ** 2 / 2,
      params: Math.round(1_500_000 / (1 + place)),
      latency: 9 / (1 + place / 3),
    },
  }));
  const found = { architecture: 'cell-0', genotype: 'cell-0' };
  return { ...madeOwnRecord(4), ...found, objectives, front };
}

/** A document as `tenas export --json` prints it. */
export function madeExport(genotype: string) {
  return {
    out: 'nets/found net.onnx',
    space: 'nas-bench-201',
    genotype,
    network: { C: 16, N: 5 },
    opset: 17,
    params: 1_316_506,
    flops: 188_662_400,
    bytes: 5_385_352,
    weights: 'seed 0, kaiming_fan_out',
    check: { ok: true, failure: null, relative: 2.4e-5, ortVersion: '1.30.0' },
  };
}

/** A document as `tenas score --json` prints it. */
export function madeScore(architecture: string, conditionNumber: number | null = 128.9) {
  return {
    space: 'nas-bench-201',
    architecture,
    seed: 0,
    ntk: {
      mode: 'sample',
      aggregation: 'log-mean',
      conditionNumber,
      conditionNumbers: [113.7, null, 146.7],
      outcomes: ['ok', 'negative', 'ok'],
      eigenvalues: Array.from({ length: 32 }, (_, index) => 70 * 1.15 ** index),
    },
    regions: 1209.7,
    regionCounts: [1193, 1335, 1101],
    params: 1_316_506,
    flops: 188_662_400,
    seconds: { ntk: 0.09, regions: 0.002, total: 0.95 },
    dataset: { name: 'synthetic', fingerprint: 'synthetic-0' },
  };
}

/** A document as `tenas score --latency-model pixel3.json --json` prints it. */
export function madeLatencyScore(
  predicted: { value: number; belowRange: boolean } = { value: 9.235, belowRange: false },
) {
  return {
    scoreVersion: 2,
    kind: 'score',
    plugins: [],
    space: 'nas-bench-201',
    architecture: '|nor_conv_3x3~0|+|skip_connect~0|none~1|+|none~0|avg_pool_3x3~1|nor_conv_1x1~2|',
    dataset: { name: 'synthetic', fingerprint: 'synthetic-0' },
    seed: 0,
    repeats: 3,
    metrics: [
      { name: 'naswot', title: 'naswot', better: 'higher', settings: {} },
      { name: 'macs', title: 'multiply-adds', better: 'lower', settings: {} },
    ],
    scores: {
      naswot: { value: 1121.45, repeats: [1126.13, 1110.53, 1127.7], seconds: 0.03 },
      macs: bare(47_104_640),
    },
    latency: {
      ...predicted,
      unit: 'ms',
      model: { file: 'pixel3.json', device: 'pixel3', digest: '59a9'.repeat(16) },
    },
    seconds: 0.5,
  };
}

/** A record as `tenas train` writes it. */
export function madeTraining(architecture: string, epochs = 20) {
  return {
    trainingVersion: 1,
    kind: 'training',
    versions: { tool: '0.1.0', isa: 'avx2' },
    plugins: [],
    space: 'nas-bench-201',
    architecture,
    network: { C: 8, N: 1 },
    params: 81_234,
    macs: 12_345_678,
    dataset: {
      name: 'cifar10',
      fingerprint: 'f',
      classes: 10,
      classNames: ['airplane', 'cat'],
      ...{ height: 32, width: 32, training: 9000, validation: 1000, test: 2000, skipped: 0 },
    },
    recipe: {
      name: 'quick',
      paper: '',
      epochs: 20,
      batchSize: 64,
      sgd: { rate: 0.1, momentum: 0.9, nesterov: true, weightDecay: 5e-4 },
      cosine: { warmUpEpochs: 1, per: 'step' },
      labelSmoothing: 0.1,
      clip: 5,
      augmentation: { padding: 4, flip: true, cutout: 16 },
      dropPath: 0.2,
      auxiliary: 0,
    },
    batchSize: 64,
    seed: 3,
    threads: null,
    epochs: Array.from({ length: epochs }, (_, epoch) => ({
      trainLoss: 2.3 / (epoch + 1),
      trainAccuracy: epoch / epochs,
      validAccuracy: epoch / epochs / 2,
      seconds: 1.5,
      imagesPerSecond: 6000,
    })),
    test: { of: 'test', images: 2000, accuracy: 0.6125 },
    weights: 'runs/first net/model.safetensors',
    onnx: {
      path: 'runs/first net/model.onnx',
      ...{ opset: 17, bytes: 340_000, accuracy: 0.613 },
      check: { ok: true, failure: null, images: 256, maxAbs: 1e-6, tolerance: 1e-4, ortVersion: '1.30.0' },
    },
    seconds: 30,
    notes: ['drop path 0.2 of the recipe is left out'],
  };
}
