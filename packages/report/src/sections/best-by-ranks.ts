import { countText, mean, midRanks, numberText } from '@tenas/base';
import { COUNTED_COLUMNS, columnOfMetric } from '@tenas/records';
import { type Html, html } from '../html.js';
import type { Run } from '../input/batch-runs.js';
import { metricText, type ShownMetric } from '../shown-metric.js';

/** Fewer are judged at a glance. */
const FEWEST = 3;

interface Averaged {
  readonly architecture: string;
  readonly values: readonly number[];
}

/** Means over the seeds; what has no value in one of the metrics is left out. */
function averages(runs: readonly Run[], metrics: readonly ShownMetric[]): Averaged[] {
  const seeds = new Map<string, Run[]>();
  for (const run of runs) {
    if (run.architecture === null) continue;
    const known = seeds.get(run.architecture);
    if (known === undefined) seeds.set(run.architecture, [run]);
    else known.push(run);
  }
  const averaged: Averaged[] = [];
  for (const [architecture, some] of seeds) {
    const values = metrics.map(({ name }) => {
      const all = some.map((run) => run.values[name]);
      return all.every((value) => typeof value === 'number' && Number.isFinite(value))
        ? mean(all as number[])
        : null;
    });
    if (values.every((value) => value !== null)) averaged.push({ architecture, values });
  }
  return averaged;
}

/** A run with its dataset in words that tell several of one name apart. */
interface ImagedRun extends Run {
  readonly images: string;
}

/**
 * The scored architecture with the lowest sum of ranks by all metrics. null: there is no such question, as with one metric, with
 * several spaces or datasets, or with few architectures.
 */
export function bestByRanks(runs: readonly ImagedRun[], metrics: readonly ShownMetric[]): Html | null {
  const counted: readonly string[] = COUNTED_COLUMNS;
  const judging = metrics.filter(
    ({ name, better }) => better !== null && !counted.includes(columnOfMetric(name)),
  );
  const scores = runs.filter(({ kind }) => kind === 'score');
  if (judging.length < 2 || new Set(scores.map(({ space, images }) => `${space} ${images}`)).size !== 1)
    return null;
  const averaged = averages(scores, judging);
  if (averaged.length < FEWEST) return null;
  const ranks = judging.map(({ better }, place) =>
    midRanks(averaged.map(({ values }) => (better === 'lower' ? values[place]! : -values[place]!))),
  );
  let best = 0;
  const sums = averaged.map((_, index) => ranks.reduce((sum, column) => sum + column[index]!, 0));
  for (const [index, sum] of sums.entries()) {
    // Of equal sums the better one by the first metric.
    if (sum < sums[best]! || (sum === sums[best]! && ranks[0]![index]! < ranks[0]![best]!)) best = index;
  }
  const { architecture, values } = averaged[best]!;
  const parts = judging.map(
    ({ symbol }, place) =>
      html`<li>${symbol} ${metricText(values[place])}: rank ${numberText(ranks[place]![best]!)}</li>`,
  );
  return html`<div class="card">
<p><strong>Best by rank sum</strong></p>
<p><code>${architecture}</code></p>
<ul>${parts}</ul>
<p>Of ${countText(averaged.length)} architectures it has the lowest sum of ranks, ${numberText(sums[best])}. Values are means over the
seeds; equal values share their mean rank. <code>tenas export --arch</code> makes a network of it.</p>
</div>`;
}
