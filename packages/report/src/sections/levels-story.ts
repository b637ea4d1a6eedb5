import { countText } from '@tenas/base';
import type { ProgressiveDetail } from '@tenas/records';
import { type Cell, dataTable } from '../data-table.js';
import type { Figure } from '../figure.js';
import { correlationText, predictorScatter } from '../figures/predictor-scatter.js';
import { type Html, html } from '../html.js';

/** Levels that get a figure. */
const MOST_FIGURES = 12;

/** The figures of a search level by level: how its predictor did. @param suffix of names of figures */
export function levelFigures({ levels }: ProgressiveDetail, suffix: string): Figure[] {
  return levels.slice(0, MOST_FIGURES).flatMap((level) => predictorScatter(level, suffix) ?? []);
}

/** The levels of a search: how many candidates there were, how many were scored, and how well they were predicted. */
export function levelsStory({ levels }: ProgressiveDetail, suffix: string): Html {
  const number = (value: number | null, shown: string): Cell => (value === null ? null : { value, shown });
  return html`<h3>Level by level</h3>
<p>A predictor picked the architectures of each level after the first. ρ is Spearman’s rank correlation of its predictions
and the scores of the level, before and after it saw them. Too high: mean prediction less mean target.</p>
${dataTable({
  name: `levels${suffix}`,
  caption: 'Every level, and the architecture that was best after it',
  columns: [
    { label: 'level', kind: 'number' },
    { label: 'candidates', kind: 'number' },
    { label: 'scored', kind: 'number' },
    { label: 'ρ before', kind: 'number' },
    { label: 'ρ after', kind: 'number' },
    { label: 'too high', kind: 'number' },
    { label: 'error', kind: 'number' },
    { label: 'of members', kind: 'number' },
    { label: 'best', kind: 'code' },
  ],
  rows: levels.map(({ level, candidates, cells, ahead, own, gap, errors }): Cell[] => [
    number(level, String(level)),
    number(candidates, countText(candidates)),
    number(cells.length, countText(cells.length)),
    number(ahead, correlationText(ahead)),
    number(own, correlationText(own)),
    number(gap, gap === null ? '' : gap.toFixed(3)),
    number(errors.ensemble, errors.ensemble.toFixed(3)),
    number(errors.members, errors.members.toFixed(3)),
    bestOf(cells),
  ]),
})}`;
}

function bestOf(cells: ProgressiveDetail['levels'][number]['cells']): string | null {
  let best = cells[0];
  for (const cell of cells) {
    if (cell.target > best!.target) best = cell;
  }
  return best?.architecture ?? null;
}
