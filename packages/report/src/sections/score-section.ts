import { countText, durationText, numberText } from '@tenas/base';
import type { Figure } from '../figure.js';
import { spectrum } from '../figures/spectrum.js';
import { type Html, html } from '../html.js';
import type { ScoreDocument } from '../input/score-document.js';
import type { ActiveOps } from '../input/search-record.js';
import { scaledText } from '../number-text.js';
import { facts, figureBlock, figureGrid, tiles } from '../page.js';
import { spaceTitle } from '../space-title.js';
import { cellFigures } from './cell-figures.js';
import { aboutMetrics } from './explanations.js';

/** Figures of a score. */
export interface ScoreFigures {
  readonly cells: readonly Figure[];
  readonly spectrum: readonly Figure[];
}

/** All figures of a score. @param cells the architecture's operations, or null where they are unknown */
export function scoreFigures(document: ScoreDocument, cells: ActiveOps | null, suffix: string): ScoreFigures {
  const drawn = spectrum(document.ntk.eigenvalues, `spectrum${suffix}`);
  return {
    cells: cells === null ? [] : cellFigures(document.space, cells, 'scored-cell', suffix, ''),
    spectrum: drawn === null ? [] : [drawn],
  };
}

/** What the metrics say of one architecture. */
export function scoreSection(document: ScoreDocument, figures: ScoreFigures): Html {
  const { ntk, regions, regionCounts, params, flops, seconds, seed, dataset } = document;
  const repeats = ntk.conditionNumbers.map((value, index) =>
    value === null ? (ntk.outcomes[index] ?? 'none') : numberText(value),
  );
  return html`<section class="result">
<h1>Scores of an architecture of ${spaceTitle(document.space)}</h1>
<p class="lead">${dataset === undefined ? null : html`Images: ${dataset.name}. `}Seed ${seed}, ${countText(repeats.length)} repeats, ${durationText(seconds.total)}.</p>
<code class="genotype">${document.architecture}</code>
${tiles([
  ['condition number κ', numberText(ntk.conditionNumber)],
  ['linear regions R', countText(regions)],
  ['parameters', scaledText(params)],
  ['multiply-adds', scaledText(flops)],
])}
${aboutMetrics()}
${figures.cells.map((figure) => figureBlock(figure, true))}
${figureGrid(figures.spectrum)}
<div class="card">${facts([
    ['κ of each repeat', `${repeats.join(', ')} (shown above: ${ntk.aggregation}, ${ntk.mode} mode)`],
    ['R of each repeat', regionCounts.map((value) => countText(value)).join(', ')],
    [
      'time',
      `κ ${durationText(seconds.ntk)}, R ${durationText(seconds.regions)}, ${durationText(seconds.total)} in all`,
    ],
  ])}</div>
</section>`;
}
