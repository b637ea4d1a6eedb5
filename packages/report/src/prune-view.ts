import { cutsOf, type MeasuredValue, type PruneRecord, type PruneRound } from '@tenas/records';
import { type ShownMetric, scaleOf, shownMetric } from './shown-metric.js';

/** A metric with the axis for its values. */
export interface ScaledMetric extends ShownMetric {
  /** On which its values are shown and averaged. */
  readonly scale: 'log' | 'linear';
}

/** A metric that choices are ranked by. */
export interface RankedMetric extends ScaledMetric {
  /** How its change is computed from the values before and after. */
  readonly change: PruneRecord['detail']['changes'][string];
}

/** A pruning search as figures and tables need it. */
export interface PruneView {
  readonly record: PruneRecord;
  readonly metrics: readonly RankedMetric[];
  /** Metrics that architectures of the final ranking are ranked by. */
  readonly finalsMetrics: readonly ScaledMetric[];
}

function* valuesOf(record: PruneRecord, metric: string): Generator<number> {
  for (const { candidates } of record.detail.rounds) {
    for (const { measured } of candidates) {
      for (const value of measured[metric]?.origin ?? []) if (typeof value === 'number') yield value;
      for (const value of measured[metric]?.candidate ?? []) if (typeof value === 'number') yield value;
    }
  }
  for (const { finalists } of record.detail.finals?.stages ?? []) {
    for (const { measured } of finalists) if (measured[metric] !== undefined) yield measured[metric].value;
  }
  const found = record.scores?.[metric]?.value;
  if (typeof found === 'number') yield found;
}

/** Prepares a record for figures and tables. */
export function pruneView(record: PruneRecord): PruneView {
  const scaled = (name: string): ScaledMetric => ({
    ...shownMetric(name, record.metrics),
    scale: scaleOf(valuesOf(record, name)),
  });
  const { changes, finals } = record.detail;
  const metrics = Object.entries(changes).map(([name, change]) => ({ ...scaled(name), change }));
  const measured = finals?.stages.at(-1)?.finalists[0]?.measured ?? {};
  return { record, metrics, finalsMetrics: Object.keys(measured).map(scaled) };
}

/** The typical value of those repeats that have one: their mean, the geometric one on a logarithmic scale; null: none. */
export function typicalValue(
  repeats: readonly MeasuredValue[] | undefined,
  { scale }: RankedMetric,
): number | null {
  const values = (repeats ?? []).filter((value): value is number => typeof value === 'number');
  const usable = scale === 'log' ? values.filter((value) => value > 0) : values;
  if (usable.length === 0) return null;
  const mean =
    usable.reduce((sum, value) => sum + (scale === 'log' ? Math.log(value) : value), 0) / usable.length;
  return scale === 'log' ? Math.exp(mean) : mean;
}

/** Tells which candidates a round cut. */
export function cutIn(
  round: PruneRound,
): (one: { readonly decision: string; readonly choice: string }) => boolean {
  const key = ({ decision, choice }: { readonly decision: string; readonly choice: string }) =>
    JSON.stringify([decision, choice]);
  const cuts = new Set(cutsOf(round).map(key));
  return (one) => cuts.has(key(one));
}

/** The part of the network that a decision belongs to, and the rest of its name: `cell/1<-0` is `1<-0` of `cell`. */
export function partsOf(decision: string): { readonly group: string; readonly place: string } {
  const slash = decision.indexOf('/');
  return { group: decision.slice(0, Math.max(0, slash)), place: decision.slice(slash + 1) };
}

/** Row labels of decisions: with their group where there are several. */
export function decisionLabel(decisions: Iterable<string>): (decision: string) => string {
  const several = new Set([...decisions].map((decision) => partsOf(decision).group)).size > 1;
  return (decision) => {
    const { group, place } = partsOf(decision);
    return several ? `${group} ${place}` : place;
  };
}
