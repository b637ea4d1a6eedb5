import { countText, numberText, plural } from '@tenas/base';
import type { Figure } from '../figure.js';
import { type Html, html } from '../html.js';
import type { Finals } from '../input/search-record.js';
import { figureGrid } from '../page.js';

/** How many of the last stage are shown. */
const SHOWN = 10;

/** The architectures that pruning left, scored one by one. */
export function finalsSection(finals: Finals, figures: readonly Figure[]): Html {
  const { architectures, distinct, stages } = finals;
  const last = stages.at(-1);
  return html`<h2>The finals</h2>
<p>Pruning judges operations inside a mixture. With few enough architectures left it is better to look at each: the operations that were
left make ${countText(architectures)}, of which ${countText(distinct)} differ in more than their names. Each was scored by itself and ranked by κ and by R; both ranks were added, that by R with its
weight. Few repeats for all, more for the best: ${stages
    .map(({ finalists, kept }) => `${countText(finalists.length)} → ${countText(kept)}`)
    .join(', ')}.</p>
${figureGrid(figures)}
${
  last === undefined
    ? null
    : html`<table><caption>The best ${plural(Math.min(SHOWN, last.finalists.length), 'architecture')} of the last stage</caption>
<thead><tr><th scope="col">architecture</th><th scope="col">κ</th><th scope="col">R</th><th scope="col">rank by κ</th><th scope="col">rank by R</th><th scope="col">rank sum</th></tr></thead>
<tbody>${last.finalists.slice(0, SHOWN).map(
        (
          one,
        ) => html`<tr><td><code>${one.genotype}</code></td><td class="number">${numberText(one.conditionNumber)}</td>
<td class="number">${numberText(one.regionMean)}</td><td class="number">${one.kappaRank + 1}</td><td class="number">${one.regionRank + 1}</td><td class="number">${numberText(one.rankSum)}</td></tr>`,
      )}</tbody></table>`
}`;
}
