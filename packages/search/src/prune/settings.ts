import type { Init, NtkMode, NtkSettings, RegionSettings, ZenSettings } from '@tenas/metrics';

/**
 * How long a network keeps its initial weights: fresh in every repeat, or shared by the repeats of a candidate, or by
 * all candidates and repeats of a round (pruning edges, of all node groups, counts as one round).
 */
export type WeightLifetime = 'repeat' | 'candidate' | 'round';

/** How the values of the repeats become one change. */
export interface ChangeAggregation {
  /** Decimals to which the change of each repeat is rounded; null: not at all. */
  readonly decimals: number | null;
  readonly aggregate: 'mean' | 'median';
}

/** Settings of the final ranking, which scores each remaining architecture instead of pruning further. */
export interface FinalsSettings {
  /** Pruning stops as soon as the operations left make no more architectures than this. */
  readonly architectures: number;
  /** NTK of the same network as in the pruning rounds, with one operation per edge. */
  readonly ntk: Pick<NtkSettings, 'mode' | 'batchSize' | 'init'>;
  /** Regions of the whole region network (the rounds use only its first cell), on square single-channel crops. */
  readonly regions: RegionSettings & { readonly crop: number };
  /** Zen-score of the space's small network. Absent where no stage has repeats of it. */
  readonly zen?: Pick<ZenSettings, 'batchSize' | 'crop' | 'init'> | undefined;
  /** Weight of a rank by regions; a rank by another metric has weight 1. */
  readonly regionWeight: number;
  /** Each adds repeats, with fresh batches and weights, and keeps the best so far; the last keeps one. */
  readonly stages: readonly FinalsStageSettings[];
}

/** One stage of the final ranking. */
export interface FinalsStageSettings {
  /** Repeats of the kernel. */
  readonly ntk: number;
  /** Repeats of the Zen-score. Default 0. */
  readonly zen?: number | undefined;
  /** Repeats of the regions. */
  readonly regions: number;
  /** Architectures that go on. */
  readonly keep: number;
}

/** The Zen-score of final rankings: noise of 16x16 pixels, as many images as a vector of the engine has places. */
export const FINALS_ZEN: NonNullable<FinalsSettings['zen']> = { batchSize: 16, crop: 16, init: 'normal' };

/** The final ranking of `te-nas-finals`, and the start for overrides of a protocol that has none. */
export const FINALS: FinalsSettings = {
  architectures: 1000,
  ntk: { mode: 'sample', batchSize: 64, init: 'kaiming_fan_out' },
  regions: { batches: 1, batchSize: 1000, crop: 8, init: 'kaiming_fan_in' },
  regionWeight: 2,
  // The kernel takes the time: few repeats where there are many architectures, many where there are few. Regions cost next
  // to nothing there and rank good architectures, so their noise is averaged out.
  stages: [
    { ntk: 1, regions: 4, keep: 64 },
    { ntk: 2, regions: 16, keep: 16 },
    { ntk: 9, regions: 64, keep: 1 },
  ],
};

/**
 * The final ranking of `fast` on NAS-Bench-201: every architecture without `none`. The condition number, which takes ten
 * times as long as both others together and does not rank good architectures, has no repeats (docs/quality.md).
 */
export const FAST_FINALS: FinalsSettings = {
  ...FINALS,
  architectures: 5000,
  regions: { ...FINALS.regions, batchSize: 500 },
  zen: FINALS_ZEN,
  regionWeight: 1,
  stages: [
    { ntk: 0, zen: 1, regions: 1, keep: 300 },
    { ntk: 0, zen: 3, regions: 3, keep: 64 },
    { ntk: 0, zen: 4, regions: 12, keep: 1 },
  ],
};

/** Settings of the pruning search. Plain data: they go into the record as they are. */
export interface PruningSettings {
  /** Repeats, each with its own batch. */
  readonly repeats: number;
  /**
   * Whether the network before pruning is evaluated again beside every candidate, each with separate draws, or once
   * per round, sharing batch and weights with all candidates (common random numbers).
   */
  readonly origin: 'per-candidate' | 'per-round';
  readonly ntk: {
    readonly mode: NtkMode;
    readonly batchSize: number;
    readonly init: Init;
    readonly weights: WeightLifetime;
  };
  /** Crops of one channel, 3x3. */
  readonly regions: {
    readonly batches: number;
    readonly batchSize: number;
    readonly init: Init;
    readonly weights: WeightLifetime;
  };
  /**
   * Change of the condition number kappa when an operation is removed, kappa0 being that before; larger is more likely
   * pruned. `difference`: kappa0 - kappa; `relative`: (kappa0 - kappa) / kappa0; `log-ratio`: log(kappa0 / kappa), both
   * cut off at `cap`.
   */
  readonly kappaChange: ChangeAggregation &
    ({ readonly kind: 'difference' | 'relative' } | { readonly kind: 'log-ratio'; readonly cap: number });
  /** Change of the number of regions R when an operation is removed; smaller is more likely pruned. */
  readonly regionChange: ChangeAggregation & { readonly kind: 'difference' | 'relative' };
  /**
   * Kernels without a condition number. `worst`: the change of that repeat is the worst there is (and the candidate's
   * mean with it), an origin counts as `originKappa`. `substitute`: NaN counts as `nan`, infinite as the largest
   * number, and a negative quotient passes as it is, as in the published code.
   */
  readonly failures:
    | { readonly kind: 'worst'; readonly originKappa: number }
    | { readonly kind: 'substitute'; readonly nan: number };
  /** Significant digits of the keys that candidates are sorted by; null: not rounded. */
  readonly significantDigits: number | null;
  /** Operations pruned from each edge in a round, but never its last one. */
  readonly pruneNumber: number;
  readonly edgePruning: {
    /**
     * The network that kappa is compared with while edges are pruned group by group: without the edges already pruned
     * (`current`), or with all of them (`before-edges`), as the published code does. R is compared with the current one.
     */
    readonly kappaOrigin: 'current' | 'before-edges';
  };
  /** null: operations are pruned until every edge has one left. */
  readonly finals: FinalsSettings | null;
}
