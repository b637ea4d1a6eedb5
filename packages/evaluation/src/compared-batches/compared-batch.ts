import type { MetricInfo } from '@tenas/records';

/** A finished job, as comparisons need it. */
export interface ComparedJob {
  readonly seed: number;
  /** Scored, trained or found. */
  readonly architecture: string;
  /** By metric; null: it has none. */
  readonly values: Readonly<Record<string, number | null>>;
  readonly seconds: number | null;
  /** Instruction set or GPU that evaluated it; null: unknown. */
  readonly isa: string | null;
}

/** Jobs of a batch that differ in seed and architecture alone. */
export interface ComparedSetting {
  readonly kind: 'score' | 'search' | 'train';
  readonly space: string;
  /** Name of the dataset. */
  readonly dataset: string;
  /** The dataset in words that tell several of its name apart. */
  readonly images: string;
  /** Protocol or strategy of searches, recipe of trainings; null for scores. */
  readonly method: string | null;
  /** Everything else that results depend on, by dotted names: `metrics.ntk.batchSize`. */
  readonly settings: Readonly<Record<string, string>>;
  readonly jobs: readonly ComparedJob[];
}

/** A batch, as comparisons need it. */
export interface ComparedBatch {
  readonly name: string;
  readonly jobs: { readonly done: number; readonly failed: number; readonly waiting: number };
  readonly settings: readonly ComparedSetting[];
  /** What its results say of their metrics. */
  readonly metrics: readonly MetricInfo[];
}
