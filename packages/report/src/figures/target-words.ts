import type { Evaluation } from '@tenas/records';

/** What the architectures of an evaluation are judged by, in words. */
export function targetWords({ table }: Evaluation): { readonly one: string; readonly many: string } {
  return table.target === 'latency'
    ? { one: 'latency', many: 'latencies' }
    : { one: 'accuracy', many: 'accuracies of trained networks' };
}

/** Label of an axis of it, with its unit. */
export function targetAxis(evaluation: Evaluation): string {
  return evaluation.table.target === 'latency' ? 'latency, ms' : 'accuracy, %';
}
