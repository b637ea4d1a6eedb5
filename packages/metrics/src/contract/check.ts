import type { ContractCheck } from '@tenas/base';

/** One thing that is true of every metric. Throws TenasError `METRIC_INVALID`, or what the metric itself throws. */
export interface MetricCheck extends ContractCheck {
  /** Whether it takes no more than milliseconds and no engine. */
  readonly quick: boolean;
}
