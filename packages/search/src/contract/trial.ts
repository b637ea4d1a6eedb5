import { type ImageSource, syntheticImages } from '@tenas/data';
import type { CountingMetric, MetricChoice, ProbingMetric } from '@tenas/metrics';
import { smallSpace } from '@tenas/metrics/contract';
import type { ForwardTask } from '@tenas/native';
import type { CompleteSearch, SearchRecord } from '@tenas/records';
import type { Space } from '@tenas/spaces';
import { z } from 'zod';
import type { SearchEvent } from '../events.js';
import type { RecordCopies } from '../record-copies.js';
import { runSearch } from '../run-search.js';
import type { Strategy } from '../strategy.js';

/** The space and images that a strategy is tried on. */
export interface TrialOptions {
  /** Settings that make a search of a moment, of at least two steps. Default: the strategy's defaults. */
  readonly settings?: object | undefined;
  /** Default: one of a few architectures, with a supernet. */
  readonly space?: Space | undefined;
  /** Default: synthetic images. */
  readonly source?: ImageSource | undefined;
  /** Default: one that looks at a network and one that counts. */
  readonly metrics?: readonly MetricChoice[] | undefined;
}

/** A metric of a moment that depends on weights and images: how far apart the answers of a network are. */
const spread: ProbingMetric<object, readonly [ForwardTask]> = {
  name: 'spread',
  title: 'spread of the outputs',
  better: 'higher',
  paper: '',
  needs: [],
  settings: z.strictObject({}),
  pass: () => ({ network: 'proxy', inputs: { kind: 'training' }, batchSize: 4, init: 'kaiming_fan_in' }),
  tasks: () => [{ kind: 'forward', statistics: 'batch' }],
  value: ([{ logits }]) => Math.max(...logits) - Math.min(...logits),
};

/** A metric without weights or images. */
const size: CountingMetric = {
  name: 'size',
  title: 'number of parameters',
  better: 'higher',
  paper: '',
  needs: [],
  settings: z.strictObject({}),
  count: ({ cost }) => cost.params,
};

/** Metrics of a trial where none are given. */
export const TRIAL_METRICS: readonly MetricChoice[] = [spread, size];

/** How a trial differs from others of the same strategy. */
export interface Trial {
  readonly seed?: number | undefined;
  readonly threads?: number | undefined;
  readonly signal?: AbortSignal | undefined;
  readonly onProgress?: ((event: SearchEvent) => void) | undefined;
  readonly before?: SearchRecord | undefined;
  readonly copies?: RecordCopies | undefined;
}

/** Searches once, with all that is not said the same every time. */
export async function tried(
  strategy: Strategy,
  options: TrialOptions,
  trial: Trial = {},
): Promise<CompleteSearch> {
  const {
    settings,
    space = smallSpace({ supernet: true }),
    source = syntheticImages(),
    metrics = TRIAL_METRICS,
  } = options;
  return await runSearch({ strategy, settings, space, source, metrics, seed: 1, device: 'cpu', ...trial });
}

/** Fields of records that tell times. */
const TIMES = new Set(['startedAt', 'seconds', 'metricSeconds', 'threads']);

/** A record as JSON keeps it, without what may differ between runs of the same search: times and threads. */
export function withoutTimes(record: SearchRecord): unknown {
  return JSON.parse(
    JSON.stringify(record, (field, value: unknown) => (TIMES.has(field) ? undefined : value)),
  );
}
