import { countText, numberText, plural } from '@tenas/base';
import type { Finalist, Finals } from '@tenas/records';
import type { Figure } from '../figure.js';
import { finalsScatter } from '../figures/finals-scatter.js';
import { type Html, html } from '../html.js';
import { figureGrid } from '../page.js';
import type { ScaledMetric } from '../prune-view.js';

/** How many of the last stage are shown. */
const SHOWN = 10;

/** A scatter of each stage, where architectures are ranked by at least two metrics. */
export function finalsFigures(finals: Finals | null, [x, y]: readonly ScaledMetric[]): Figure[] {
  if (finals === null || x === undefined || y === undefined) return [];
  return finals.stages.map((stage) => finalsScatter(stage, x, y));
}

/**
 * Weight of each metric's rank in the sums. That of the last metric follows from the sums of the record, all others count once;
 * where all ranks by the last one are equal it counts once, too.
 */
function rankWeights(finalists: readonly Finalist[], metrics: readonly ScaledMetric[]): readonly number[] {
  const rankOf = (one: Finalist, { name }: ScaledMetric) => one.measured[name]?.rank ?? 0;
  const [last, ...others] = metrics.toReversed();
  const telling = last === undefined ? undefined : finalists.find((one) => rankOf(one, last) > 0);
  const ofOthers = others.map(() => 1);
  if (last === undefined || telling === undefined) return metrics.map(() => 1);
  const rest = others.reduce((sum, metric) => sum + rankOf(telling, metric), 0);
  return [...ofOthers, (telling.rankSum - rest) / rankOf(telling, last)];
}

/**
 * The final ranking: each architecture that pruning left was scored.
 * @param about what it ranks by; whether anything was pruned before; its figures
 */
export function finalsSection(
  finals: Finals,
  about: {
    readonly metrics: readonly ScaledMetric[];
    readonly pruned: boolean;
    readonly figures: readonly Figure[];
  },
): Html {
  const { metrics, pruned, figures } = about;
  const { architectures, distinct, stages } = finals;
  const last = stages.at(-1);
  const weights = rankWeights(last?.finalists ?? [], metrics);
  // Ranks are shown from 1 on, those of the record begin at 0.
  const added = weights.reduce((sum, weight) => sum + weight, 0);
  const heavy = metrics.flatMap(({ symbol }, place) =>
    weights[place] === 1 ? [] : [`that by ${symbol} times ${numberText(weights[place])}`],
  );
  return html`<h2>The final ranking</h2>
<p>Pruning judges operations inside a mixture. With few enough architectures${pruned ? ' left' : null} it is better to score each of them. The${
    pruned ? ' remaining' : null
  } operations make ${countText(architectures)}; ${countText(distinct)} of them are structurally distinct. Each was scored alone and ranked by ${metrics
    .map(({ symbol }) => symbol)
    .join(' and by ')}; the ranks were added, each with its
weight. All got a few repeats, the best got more: ${stages
    .map(({ finalists, kept }) => `${countText(finalists.length)} → ${countText(kept)}`)
    .join(', ')}.</p>
${figureGrid(figures)}
${
  last === undefined
    ? null
    : html`<p>A rank sum adds the ranks${heavy.length === 0 ? null : `, ${heavy.join(', ')}`}; equal values share a rank. The values are those of the final ranking. The scores of the found network at the top have other batches and repeats.</p>
<div class="scroll" role="region" aria-label="The final ranking" tabindex="0"><table><caption>The best ${plural(Math.min(SHOWN, last.finalists.length), 'architecture')} of the last stage</caption>
<thead><tr>${metrics.map(
        ({ symbol }) =>
          html`<th scope="col" class="number">${symbol}</th><th scope="col" class="number">rank by ${symbol}</th>`,
      )}<th scope="col" class="number">rank sum</th><th scope="col">architecture</th></tr></thead>
<tbody>${last.finalists
        .slice(0, SHOWN)
        .map(
          ({ architecture, measured, rankSum }) =>
            html`<tr>${metrics.map(
              ({ name }) =>
                html`<td class="number">${numberText(measured[name]?.value)}</td><td class="number">${(measured[name]?.rank ?? 0) + 1}</td>`,
            )}<td class="number">${numberText(rankSum + added)}</td><td class="code">${architecture}</td></tr>`,
        )}</tbody></table></div>`
}`;
}
