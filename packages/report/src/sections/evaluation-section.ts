import { countText, numberText, plural } from '@tenas/base';
import type { Evaluation, EvaluationResult } from '@tenas/records';
import { type Cell, dataTable } from '../data-table.js';
import type { EvaluationPart } from '../figures/evaluation-figures.js';
import { targetWords } from '../figures/target-words.js';
import { type Html, html } from '../html.js';
import { controlMark, metricLabel } from '../metric-label.js';
import { figureBlock, figureGrid } from '../page.js';
import type { ReportContext } from '../report-context.js';
import { shownMetric } from '../shown-metric.js';
import { aboutMetrics } from './explanations.js';

function number(value: number | null | undefined, digits = 3, after = ''): Cell {
  return value === null || value === undefined
    ? null
    : { value, shown: `${numberText(value, digits)}${after}` };
}

function estimateCell({ value, low, high }: EvaluationResult['kendall']): Cell {
  return number(value, 3, low === null || high === null ? '' : ` [${numberText(low)}, ${numberText(high)}]`);
}

const POPULATIONS: Readonly<Record<EvaluationResult['population'], string>> = {
  all: 'all',
  'without-none': 'without none',
  'without-unreachable': 'without unreachable operations',
};

function resultTable(evaluation: Evaluation, name: string): Html {
  const top = ({ top }: EvaluationResult, fraction: number) =>
    top.find((one) => one.fraction === fraction)?.kendall.value;
  return dataTable({
    name,
    caption:
      'Every metric on every dataset. τ: Kendall’s tau-b; ρ: Spearman’s rho; both 1 where the ranking is perfect. A star marks controls.',
    columns: [
      { label: 'metric', kind: 'text' },
      { label: 'dataset', kind: 'category' },
      { label: 'architectures', kind: 'category' },
      { label: 'τ', kind: 'number' },
      { label: 'ρ', kind: 'number' },
      { label: 'τ in the top 10 %', kind: 'number' },
      { label: 'τ in the top 1 %', kind: 'number' },
      { label: 'τ in its own top 10 %', kind: 'number' },
      { label: 'nDCG', kind: 'number' },
      { label: 'hits of the top 10 %', kind: 'number' },
      { label: 'ρ without size', kind: 'number' },
      { label: `${targetWords(evaluation).one} of the best-ranked`, kind: 'number' },
      { label: 'mean of the 10 best-ranked', kind: 'number' },
      { label: 'without a value', kind: 'number' },
      { label: 'tied pairs', kind: 'number' },
    ],
    rows: evaluation.results.map((result) => {
      const pairs = (result.architectures * (result.architectures - 1)) / 2;
      return [
        `${metricLabel(evaluation, result.metric)}${controlMark(evaluation, result.metric)}`,
        result.dataset,
        POPULATIONS[result.population],
        estimateCell(result.kendall),
        number(result.spearman.value),
        number(top(result, 0.1)),
        number(top(result, 0.01)),
        number(result.tauOwnTop),
        number(result.ndcg[0]?.value),
        number(result.precisionTop.find(({ fraction }) => fraction === 0.1)?.value, 2),
        number(result.partial.spearman),
        number(result.bestRanked.accuracy, 4),
        number(result.topK.find(({ k }) => k === 10)?.mean, 4),
        number(result.failures),
        number((100 * result.tiedPairs) / Math.max(1, pairs), 2, ' %'),
      ];
    }),
  });
}

/** Rows that were left out, and what was assumed of the rest; null: nothing. */
function readingNotes({ skipped, notes = [] }: Evaluation): Html | null {
  const count = skipped?.count ?? 0;
  if (count === 0 && notes.length === 0) return null;
  const examples = (skipped?.examples ?? []).map(
    ({ from, line, text, why }) => html`<li>${from}, line ${line}: ${text} (${why})</li>`,
  );
  return html`<details class="explain"><summary>${count === 0 ? null : `${plural(count, 'row')} left out. `}How the tables were read</summary>
<ul>${notes.map((note) => html`<li>${note}</li>`)}${examples}</ul></details>`;
}

/** How well metrics rank. @param name unique on the page */
export function evaluationSection(
  evaluation: Evaluation,
  parts: readonly EvaluationPart[],
  context: ReportContext,
  name: string,
): Html {
  const { space, scores, table, joined, bootstrap } = evaluation;
  const described = evaluation.metrics.flatMap(({ name: metric, title, better, about }) =>
    title === undefined ? [] : [{ name: metric, title, better, about, settings: {} }],
  );
  const judged = evaluation.metrics.filter(({ control }) => control !== true);
  return html`<section class="result">
<h1>How well metrics rank ${context.spaceTitle(space)}</h1>
<p class="lead">${countText(joined.architectures)} architectures have scores (${scores.from}${scores.dataset === null ? null : html`, on ${scores.dataset}`}) and ${targetWords(evaluation).many} (${table.from}).${
    bootstrap.resamples > 0
      ? html` Intervals: ${numberText(100 * bootstrap.confidence)} %, ${countText(bootstrap.resamples)} bootstrap resamples.`
      : null
  }</p>
${readingNotes(evaluation)}
${aboutMetrics(judged.map(({ name: metric }) => shownMetric(metric, described, context.metrics)))}
<aside class="explain"><dl><div><dt>How a ranking is judged</dt><dd>Take two architectures: does the metric put the one first that is ${table.target === 'latency' ? 'faster' : 'more accurate after training'}? Kendall’s τ is the share
of pairs in the right order less the share in the wrong one. It says little about the very best, which are what one looks for; so the same
is asked inside the top 10 %, and what ${table.target === 'latency' ? 'measuring' : 'training'} the k best-ranked would have found. Controls, marked by a star, know nothing of how a network
computes: its size, its depth, a random number. A metric has to beat them, and what it knows beside size is what is left of its
correlation when the part that parameters and multiply-adds explain is taken out.</dd></div></dl></aside>
${parts.map(
  ({ heading, figures }) => html`<h2>${heading}</h2>
${figures.slice(0, 1).map((figure) => figureBlock(figure, true))}
${figureGrid(figures.slice(1))}`,
)}
<h2>All figures as numbers</h2>
${resultTable(evaluation, name)}
</section>`;
}
