import { durationText, numberText, plural } from '@tenas/base';
import { type Column, dataTable } from '../data-table.js';
import type { Figure } from '../figure.js';
import { changeScatter, edgeLabel, rankSums } from '../figures/round-decisions.js';
import { type Html, html } from '../html.js';
import { cutsOf, meanOf, type Round, typicalKappa } from '../input/search-record.js';
import { figureGrid, operationChip } from '../page.js';
import { operationStyle } from '../palette.js';

/** The figures of a round. */
export function roundFigures(round: Round, settings: Readonly<Record<string, unknown>>): Figure[] {
  const name = `round-${round.round + 1}`;
  return [rankSums(round, `${name}-ranks`), changeScatter(round, settings, `${name}-changes`)];
}

/** Margins up to this share of the largest possible rank sum are close. */
const CLOSE = 0.05;

function closeness(margin: number, round: Round): 'tie' | 'close' | 'clear' {
  if (margin === 0) return 'tie';
  return margin <= CLOSE * 2 * (round.candidates.length - 1) ? 'close' : 'clear';
}

function marginCell(margin: number, round: Round): Html {
  const word = closeness(margin, round);
  return word === 'clear' ? html`${margin}` : html`${margin} <span class="close">${word}</span>`;
}

function decisionRows(round: Round): Html {
  if (round.kind === 'edges') {
    const { pruned, kept, margin } = round.decision;
    return html`<table><caption>Inputs of one node of the ${round.decision.cell} cell: which stay</caption>
<thead><tr><th scope="col">stay</th><th scope="col">cut</th><th scope="col" class="number">margin</th></tr></thead>
<tbody><tr><td><span class="ops">${kept.map(({ edge, op }) => html`<span>${edge} ${operationChip(op)}</span>`)}</span></td>
<td><span class="ops">${pruned.map(({ edge, op }) => html`<span>${edge} ${operationChip(op, true)}</span>`)}</span></td>
<td class="number">${margin === null ? '–' : marginCell(margin, round)}</td></tr></tbody></table>`;
  }
  const label = edgeLabel(round);
  return html`<table><caption>What was on each edge, what was cut, and by how much</caption>
<thead><tr><th scope="col">edge</th><th scope="col">operations</th><th scope="col">next in line</th><th scope="col" class="number">margin</th></tr></thead>
<tbody>${round.decisions.map((decision) => {
    const { cell, edge, pruned, runnerUp, margin } = decision;
    const ops = round.active[cell]?.[edge] ?? [];
    return html`<tr><th scope="row">${label(decision)}</th>
<td><span class="ops">${ops.map((op) => operationChip(op, pruned.includes(op)))}</span></td>
<td>${operationStyle(runnerUp).label}</td><td class="number">${marginCell(margin, round)}</td></tr>`;
  })}</tbody></table>`;
}

function margins(round: Round): number[] {
  if (round.kind === 'operations') return round.decisions.map(({ margin }) => margin);
  return round.decision.margin === null ? [] : [round.decision.margin];
}

function story(round: Round): string {
  const cut = cutsOf(round).length;
  const words = margins(round).map((margin) => closeness(margin, round));
  const unsure = words.filter((word) => word !== 'clear').length;
  const sure =
    unsure === 0
      ? 'All decisions were clear.'
      : `${unsure} of ${plural(words.length, 'decision')} ${unsure === 1 ? 'was' : 'were'} close or tied.`;
  const what =
    round.kind === 'edges'
      ? `Each edge now has one operation; this round chose which inputs a node of the ${round.decision.cell} cell keeps.`
      : `Each of ${plural(round.candidates.length, 'operation')} was taken away in turn and the rest measured.`;
  return `${what} ${plural(cut, 'operation')} went. ${sure}`;
}

const COLUMNS: readonly Column[] = [
  { label: 'edge', kind: 'category' },
  { label: 'operation', kind: 'category' },
  { label: 'outcome', kind: 'category' },
  { label: 'κ before', kind: 'number' },
  { label: 'κ after', kind: 'number' },
  { label: 'rank κ', kind: 'number' },
  { label: 'R before', kind: 'number' },
  { label: 'R after', kind: 'number' },
  { label: 'rank R', kind: 'number' },
  { label: 'rank sum', kind: 'number' },
];

function candidateTable(round: Round, name: string): Html {
  const label = edgeLabel(round);
  const cut = new Set(cutsOf(round).map(({ cell, edge, op }) => JSON.stringify([cell, edge, op])));
  const number = (value: number | null, shown = numberText(value)) =>
    value === null ? null : { value, shown };
  return dataTable({
    name,
    caption: `Candidates of round ${round.round + 1}. κ: geometric mean over the repeats that have one; R: mean.`,
    columns: COLUMNS,
    rows: round.candidates.map((candidate) => {
      const { cell, edge, op, kappa, regions, kappaRank, regionRank, rankSum } = candidate;
      return [
        label(candidate),
        operationStyle(op).label,
        cut.has(JSON.stringify([cell, edge, op])) ? 'cut' : 'stays',
        number(typicalKappa(kappa.origin)),
        number(typicalKappa(kappa.candidate)),
        number(kappaRank, String(kappaRank)),
        number(meanOf(regions.origin)),
        number(meanOf(regions.candidate)),
        number(regionRank, String(regionRank)),
        number(rankSum, String(rankSum)),
      ];
    }),
  });
}

/** What one round did. @param name unique on the page */
export function roundSection(round: Round, figures: readonly Figure[], name: string): Html {
  const cut = cutsOf(round).length;
  const kind = round.kind === 'edges' ? `inputs of a ${round.decision.cell} node` : 'operations';
  return html`<details${round.round === 0 ? html` open` : null}><summary>Round ${round.round + 1}: ${cut} of ${plural(round.candidates.length, 'candidate')} cut <span>${kind}, ${durationText(round.seconds)}</span></summary>
<p>${story(round)}</p>
<div class="scroll" role="region" aria-label="Decisions of round ${round.round + 1}" tabindex="0">${decisionRows(round)}</div>
${figureGrid(figures)}
<details><summary>All candidates <span>with κ, R and ranks</span></summary>${candidateTable(round, name)}</details>
</details>`;
}
