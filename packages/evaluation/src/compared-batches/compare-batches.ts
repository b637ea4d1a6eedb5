import { setImmediate as turn } from 'node:timers/promises';
import { TenasError } from '@tenas/base';
import {
  BATCH_COMPARISON_VERSION,
  type BatchComparison,
  type MetricInfo,
  type PairedSettings,
  type PairedValues,
} from '@tenas/records';
import type { ComparedBatch, ComparedJob, ComparedSetting } from './compared-batch.js';
import { type LoneSetting, pairSettings, type SettingPair } from './pair-settings.js';
import { type Bootstrap, pairedValues } from './paired-values.js';

/** Options of {@link compareBatches}. */
export interface CompareOptions {
  /** Bootstrap resamples, default 500; 0: no intervals. */
  readonly resamples?: number | undefined;
  /** Confidence of the intervals, default 0.95. */
  readonly confidence?: number | undefined;
  /** Seed of the bootstrap, default 0. */
  readonly seed?: number | undefined;
  /** Stops between two metrics; its reason is thrown. */
  readonly signal?: AbortSignal | undefined;
}

/**
 * Compares two batches by what both measured. Settings of jobs are paired first, then jobs of paired settings: by seed, and by
 * architecture unless a search found it. For each metric, the mean of the differences B - A has a bootstrap interval. Its
 * units are the architectures, or the seeds where there are more of these: pairs of one architecture are not independent.
 *
 * @throws TenasError `BATCH_MISMATCH` where the batches have no job in common; the signal's reason
 */
export async function compareBatches(
  a: ComparedBatch,
  b: ComparedBatch,
  options: CompareOptions = {},
): Promise<BatchComparison> {
  const { resamples = 500, confidence = 0.95, seed = 0, signal } = options;
  const bootstrap = { resamples, confidence, seed };
  const { pairs, lone } = pairSettings(a.settings, b.settings);
  const settings: PairedSettings[] = [];
  for (const pair of pairs) settings.push(await comparedSettings(pair, bootstrap, signal));
  if (settings.every(({ pairs: jobs }) => jobs.length === 0)) throw nothingInCommon(a, b, lone);
  return {
    kind: 'batch-comparison',
    comparisonVersion: BATCH_COMPARISON_VERSION,
    batches: { a: { name: a.name, jobs: a.jobs }, b: { name: b.name, jobs: b.jobs } },
    bootstrap,
    settings,
    unpaired: lone.map(({ batch, setting, reason }) => {
      const { kind, space, dataset, images, method, settings: named, jobs } = setting;
      return { batch, kind, space, dataset, images, method, jobs: jobs.length, reason, settings: named };
    }),
    metrics: described([...a.metrics, ...b.metrics]),
  };
}

/** Each metric once. */
function described(metrics: readonly MetricInfo[]): MetricInfo[] {
  return [...new Map(metrics.toReversed().map((metric) => [metric.name, metric])).values()].reverse();
}

function nothingInCommon(a: ComparedBatch, b: ComparedBatch, lone: readonly LoneSetting[]): TenasError {
  const ambiguous = lone.some(({ reason }) => reason === 'ambiguous');
  const why = ambiguous
    ? 'several of their settings could belong together, and none does alone'
    : 'they have no finished job of the same kind, space, dataset, architecture and seed';
  return new TenasError(
    'BATCH_MISMATCH',
    `${a.name} and ${b.name} have nothing to compare: ${why}; give batches that have jobs in common`,
    { field: 'batch', value: b.name },
  );
}

/** The jobs of a setting by what pairs them. */
function jobsByPair({ kind, jobs }: ComparedSetting): Map<string, ComparedJob> {
  return new Map(
    jobs.map((job) => [kind === 'search' ? `${job.seed}` : `${job.seed} ${job.architecture}`, job]),
  );
}

async function comparedSettings(
  { a, b }: SettingPair,
  bootstrap: Bootstrap,
  signal: AbortSignal | undefined,
): Promise<PairedSettings> {
  const others = jobsByPair(b);
  const pairs = [...jobsByPair(a)].flatMap(([key, job]) => {
    const other = others.get(key);
    return other === undefined ? [] : [{ a: job, b: other }];
  });
  const searches = a.kind === 'search';
  const distinct = (unitOf: (job: ComparedJob) => unknown) =>
    new Set(pairs.map((pair) => unitOf(pair.a))).size;
  const bySeed = searches || distinct(({ seed }) => seed) > distinct(({ architecture }) => architecture);
  const unit = pairs.map((pair) => (bySeed ? pair.a.seed : pair.a.architecture));
  const metrics: PairedValues[] = [];
  for (const metric of commonMetrics(pairs)) {
    await turn();
    signal?.throwIfAborted();
    const columns = {
      a: pairs.map((pair) => pair.a.values[metric] ?? null),
      b: pairs.map((pair) => pair.b.values[metric] ?? null),
      unit,
    };
    metrics.push(pairedValues(metric, columns, bootstrap, !bySeed));
  }
  const seconds = (side: 'a' | 'b') => pairs.reduce((sum, pair) => sum + (pair[side].seconds ?? 0), 0);
  return {
    kind: a.kind,
    space: a.space,
    dataset: a.dataset,
    images: { a: a.images, b: b.images },
    method: { a: a.method, b: b.method },
    differences: differencesOf(a.settings, b.settings),
    machines: machinesOf(pairs),
    over: bySeed ? 'seeds' : 'architectures',
    pairs: pairs.map((pair) => ({
      seed: pair.a.seed,
      a: pair.a.architecture,
      b: pair.b.architecture,
    })),
    foundSame: searches ? pairs.filter((pair) => pair.a.architecture === pair.b.architecture).length : null,
    only: { a: a.jobs.length - pairs.length, b: b.jobs.length - pairs.length },
    seconds: { a: seconds('a'), b: seconds('b') },
    metrics,
  };
}

type JobPair = { readonly a: ComparedJob; readonly b: ComparedJob };

/** The metrics that both sides have, in the order of the first. */
function commonMetrics(pairs: readonly JobPair[]): string[] {
  const names = (side: 'a' | 'b') => new Set(pairs.flatMap((pair) => Object.keys(pair[side].values)));
  const others = names('b');
  return [...names('a')].filter((metric) => others.has(metric));
}

/** Instruction sets of both sides; none where they are the same. */
function machinesOf(pairs: readonly JobPair[]): PairedSettings['machines'] {
  if (pairs.every((pair) => pair.a.isa === pair.b.isa)) return { a: [], b: [] };
  const names = (side: 'a' | 'b') => [...new Set(pairs.flatMap((pair) => pair[side].isa ?? []))].sort();
  return { a: names('a'), b: names('b') };
}

type Settings = ComparedSetting['settings'];

function differencesOf(a: Settings, b: Settings): PairedSettings['differences'] {
  return [...new Set([...Object.keys(a), ...Object.keys(b)])]
    .sort()
    .filter((setting) => a[setting] !== b[setting])
    .map((setting) => ({ setting, a: a[setting] ?? null, b: b[setting] ?? null }));
}
