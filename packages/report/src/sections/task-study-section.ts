import { durationText, numberText, plural } from '@tenas/base';
import type { TaskStudy } from '@tenas/records';
import { type Cell, dataTable } from '../data-table.js';
import type { Figure } from '../figure.js';
import { taskScatter } from '../figures/task-scatter.js';
import { type Html, html } from '../html.js';
import { figureGrid } from '../page.js';
import type { ReportContext } from '../report-context.js';

type Estimate = TaskStudy['results'][number]['spearman'];

function estimateCell({ value, low, high }: Estimate): Cell {
  if (value === null) return null;
  const interval = low === null || high === null ? '' : ` [${numberText(low)}, ${numberText(high)}]`;
  return { value, shown: `${numberText(value)}${interval}` };
}

/** The best of m random cells by each task, at a few m. */
const COUNTS = [1, 2, 4, 8, 16, 32, 64];

function bestTable({ bestOf }: TaskStudy, name: string): Html | null {
  const [first] = bestOf;
  if (first === undefined) return null;
  const counts = COUNTS.filter((m) => m <= first.curve.length);
  const number = (value: number | undefined): Cell =>
    value === undefined ? null : { value, shown: numberText(value, 4) };
  return dataTable({
    name: `${name}-best`,
    caption: 'Accuracy in the table of the best of m random architectures by each task, expected.',
    columns: [
      { label: 'task', kind: 'text' },
      ...counts.map((m) => ({ label: `m = ${m}`, kind: 'number' as const })),
    ],
    rows: [
      ...bestOf.map(({ task, curve }) => [task, ...counts.map((m) => number(curve[m - 1]?.accuracy))]),
      ['the table itself', ...counts.map((m) => number(first.curve[m - 1]?.perfect))],
    ],
  });
}

const RANKED_BY = {
  'best-accuracy': 'the best validation accuracy of an epoch',
  'last-loss': 'the training loss of the last epoch, the lowest first',
  'loss-sum': 'the sum of the training losses of all epochs, the lowest first',
} as const;

/** What searches by each task found; null where there were none. */
function searchesPart({ searches, table, dataset }: TaskStudy, name: string): Html | null {
  if (searches === undefined) return null;
  const { strategy, found } = searches;
  const seconds = found.reduce((sum, one) => sum + one.seconds, 0);
  return html`<h2>Searches by each task</h2>
<p>Each search by ${strategy} learns by one task alone, on images of ${dataset.name}. ${durationText(seconds)} in all. After UnNAS (Liu et al., ECCV 2020).</p>
${dataTable({
  name: `${name}-searches`,
  caption: 'What searches by each task found.',
  columns: [
    { label: 'task', kind: 'category' },
    { label: 'seed', kind: 'number' },
    { label: table === null ? 'accuracy' : table.column, kind: 'number' },
    { label: 'parameters', kind: 'number' },
    { label: 'seconds', kind: 'number' },
    { label: 'architecture', kind: 'code' },
  ],
  rows: found.map(({ task, seed, accuracy, params, seconds: each, architecture }): Cell[] => [
    task,
    { value: seed, shown: String(seed) },
    accuracy === null ? null : { value: accuracy, shown: numberText(accuracy, 4) },
    { value: params, shown: numberText(params) },
    { value: each, shown: numberText(each) },
    architecture,
  ]),
})}`;
}

/** A study of tasks as a section of a page. @param name unique on the page */
export function taskStudySection(
  study: TaskStudy,
  context: ReportContext,
  name: string,
): { readonly figures: readonly Figure[]; readonly body: Html } {
  const { space, dataset, cells, seeds, seconds, results, table, score = 'best-accuracy' } = study;
  const figures = results.flatMap((result, place) => {
    return taskScatter(study, result, `${name}-${place + 1}`) ?? [];
  });
  const drawn = table === null ? 'drawn at random' : `spread over the accuracies ${table.column}`;
  return {
    figures,
    body: html`<section class="result">
<h1>How tasks without labels rank ${context.spaceTitle(space)}</h1>
${
  cells.length === 0
    ? null
    : html`<p class="lead">${plural(cells.length, 'architecture')}, ${drawn}, each trained ${plural(seeds, 'time')} on each task on images of ${dataset.name}. ${durationText(seconds)}. After UnNAS (Liu et al., ECCV 2020).</p>
<p>Networks are ranked by ${RANKED_BY[score]}. ρ is Spearman’s rank correlation, 1 where two rankings agree, with the 95 % interval of a bootstrap over the architectures. Larger networks are better at most tasks: ρ given parameters is what is left once the number of parameters is taken out of both. Tasks with shuffled targets are controls.</p>
${dataTable({
  name,
  caption: 'Rankings by task beside those by labels and by the table.',
  columns: [
    { label: 'task', kind: 'text' },
    { label: 'beside', kind: 'category' },
    { label: 'ρ', kind: 'number' },
    { label: 'ρ given parameters', kind: 'number' },
    { label: 'architectures', kind: 'number' },
  ],
  rows: results.map(({ task, against, spearman, partial, cells: count }) => [
    task,
    against,
    estimateCell(spearman),
    estimateCell(partial),
    { value: count, shown: String(count) },
  ]),
})}
${figureGrid(figures)}
${bestTable(study, name)}`
}
${searchesPart(study, name)}
</section>`,
  };
}
