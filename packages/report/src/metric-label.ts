import type { Evaluation } from '@tenas/records';

/** A metric's name for people: `log-ranks: kappa + regions` of a combination. */
export function metricLabel(evaluation: Evaluation, name: string): string {
  const source = evaluation.metrics.find((metric) => metric.name === name)?.source;
  if (source?.kind !== 'combination' || source.combination === 'aggregate') return name;
  return `${source.combination === 'log-rank-sum' ? 'log-ranks' : 'ranks'}: ${source.parts.join(' + ')}`;
}

/** What stands behind the name of a control; nothing behind other metrics. */
export function controlMark({ metrics }: Evaluation, name: string): string {
  return metrics.find((metric) => metric.name === name)?.control === true ? ' *' : '';
}
