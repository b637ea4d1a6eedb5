import { durationText, numberText, plural } from '@tenas/base';
import type { PruneRound } from '@tenas/records';
import { type Column, dataTable } from '../data-table.js';
import type { Figure } from '../figure.js';
import { changeScatter, rankSums } from '../figures/round-decisions.js';
import { type Html, html } from '../html.js';
import { figureGrid, operationChip } from '../page.js';
import { operationStyle } from '../palette.js';
import { cutIn, decisionLabel, type PruneView, type RankedMetric, typicalValue } from '../prune-view.js';

/** The figures of a round. */
export function roundFigures(round: PruneRound, metrics: readonly RankedMetric[]): Figure[] {
  const name = `round-${round.round + 1}`;
  const [x, y] = metrics;
  const ranks = rankSums(round, `${name}-ranks`);
  return x === undefined || y === undefined
    ? [ranks]
    : [ranks, changeScatter(round, x, y, `${name}-changes`)];
}

/** Margins up to this share of the largest possible rank sum are close. */
const CLOSE = 0.05;

function closeness(margin: number, round: PruneRound): 'tie' | 'close' | 'clear' {
  if (margin === 0) return 'tie';
  const metrics = Object.keys(round.candidates[0]?.measured ?? {}).length;
  return margin <= CLOSE * metrics * (round.candidates.length - 1) ? 'close' : 'clear';
}

function marginCell(margin: number, round: PruneRound): Html {
  const word = closeness(margin, round);
  return word === 'clear' ? html`${margin}` : html`${margin} <span class="close">${word}</span>`;
}

function decisionRows(round: PruneRound): Html {
  const label = decisionLabel(Object.keys(round.active));
  if (round.kind === 'edges') {
    const { group, pruned, kept, margin } = round.decision;
    return html`<table><caption>Inputs of one node of the ${group} cell: which stay</caption>
<thead><tr><th scope="col">stay</th><th scope="col">cut</th><th scope="col" class="number">margin</th></tr></thead>
<tbody><tr><td><span class="ops">${kept.map(({ decision, choice }) => html`<span>${label(decision)} ${operationChip(choice)}</span>`)}</span></td>
<td><span class="ops">${pruned.map(({ decision, choice }) => html`<span>${label(decision)} ${operationChip(choice, true)}</span>`)}</span></td>
<td class="number">${margin === null ? '–' : marginCell(margin, round)}</td></tr></tbody></table>`;
  }
  return html`<table><caption>What was on each edge, what was cut, and by how much</caption>
<thead><tr><th scope="col">edge</th><th scope="col">operations</th><th scope="col">next in line</th><th scope="col" class="number">margin</th></tr></thead>
<tbody>${round.decisions.map(({ decision, pruned, runnerUp, margin }) => {
    const choices = round.active[decision] ?? [];
    return html`<tr><th scope="row">${label(decision)}</th>
<td><span class="ops">${choices.map((choice) => operationChip(choice, pruned.includes(choice)))}</span></td>
<td>${operationStyle(runnerUp).label}</td><td class="number">${marginCell(margin, round)}</td></tr>`;
  })}</tbody></table>`;
}

function margins(round: PruneRound): number[] {
  if (round.kind === 'operations') return round.decisions.map(({ margin }) => margin);
  return round.decision.margin === null ? [] : [round.decision.margin];
}

function cutCount(round: PruneRound): number {
  const isCut = cutIn(round);
  return round.candidates.filter(isCut).length;
}

function story(round: PruneRound): string {
  const words = margins(round).map((margin) => closeness(margin, round));
  const unsure = words.filter((word) => word !== 'clear').length;
  const sure =
    unsure === 0
      ? 'All decisions were clear.'
      : `${unsure} of ${plural(words.length, 'decision')} ${unsure === 1 ? 'was' : 'were'} close or tied.`;
  const what =
    round.kind === 'edges'
      ? `Each edge now has one operation; this round chose which inputs a node of the ${round.decision.group} cell keeps.`
      : `Each of ${plural(round.candidates.length, 'operation')} was taken away in turn and the rest measured.`;
  return `${what} ${plural(cutCount(round), 'operation')} went. ${sure}`;
}

function candidateTable(round: PruneRound, metrics: readonly RankedMetric[], name: string): Html {
  const label = decisionLabel(Object.keys(round.active));
  const isCut = cutIn(round);
  const number = (value: number | null | undefined, shown = numberText(value)) =>
    value === null || value === undefined ? null : { value, shown };
  const how = metrics.map(({ symbol, scale }) => `${symbol}: ${scale === 'log' ? 'geometric mean' : 'mean'}`);
  return dataTable({
    name,
    caption: `Candidates of round ${round.round + 1}, over the repeats that have a value. ${how.join('; ')}.`,
    columns: [
      { label: 'edge', kind: 'category' },
      { label: 'operation', kind: 'category' },
      { label: 'outcome', kind: 'category' },
      ...metrics.flatMap(({ symbol }): Column[] => [
        { label: `${symbol} before`, kind: 'number' },
        { label: `${symbol} after`, kind: 'number' },
        { label: `rank ${symbol}`, kind: 'number' },
      ]),
      { label: 'rank sum', kind: 'number' },
    ],
    rows: round.candidates.map((candidate) => [
      label(candidate.decision),
      operationStyle(candidate.choice).label,
      isCut(candidate) ? 'cut' : 'stays',
      ...metrics.flatMap((metric) => {
        const measured = candidate.measured[metric.name];
        return [
          number(typicalValue(measured?.origin, metric)),
          number(typicalValue(measured?.candidate, metric)),
          number(measured?.rank, String(measured?.rank)),
        ];
      }),
      number(candidate.rankSum, String(candidate.rankSum)),
    ]),
  });
}

/** The section of one round. @param name unique on the page */
export function roundSection(
  round: PruneRound,
  { record, metrics }: PruneView,
  figures: readonly Figure[],
  name: string,
): Html {
  const kind = round.kind === 'edges' ? `inputs of a ${round.decision.group} node` : 'operations';
  const seconds = record.steps.find(({ step }) => step === round.round)?.seconds ?? null;
  const time = seconds === null ? '' : `, ${durationText(seconds)}`;
  const candidates = plural(round.candidates.length, 'candidate');
  return html`<details${round.round === 0 ? html` open` : null}><summary>Round ${round.round + 1}: ${cutCount(round)} of ${candidates} cut <span>${kind}${time}</span></summary>
<p>${story(round)}</p>
<div class="scroll" role="region" aria-label="Decisions of round ${round.round + 1}" tabindex="0">${decisionRows(round)}</div>
${figureGrid(figures)}
<details><summary>All candidates <span>with values and ranks</span></summary>${candidateTable(round, metrics, name)}</details>
</details>`;
}
