import { countText, durationText, numberText, plural } from '@tenas/base';
import { type Cell, type Column, dataTable } from '../data-table.js';
import type { Figure } from '../figure.js';
import { batchFigures } from '../figures/batch-figures.js';
import { type Html, html } from '../html.js';
import { type AccuracyTable, columnFor } from '../input/accuracy-table.js';
import type { Run } from '../input/batch-runs.js';
import { meanOf } from '../input/search-record.js';
import { scaledText } from '../number-text.js';
import { figureGrid, tiles } from '../page.js';
import { spaceTitle } from '../space-title.js';
import { aboutMetrics } from './explanations.js';

/** A run with all that the table of accuracies has for its architecture. */
interface Looked extends Run {
  readonly accuracies: readonly (number | null)[];
  readonly accuracy: number | null;
}

/** A batch, joined with a table of accuracies where one was given. */
export interface Batch {
  readonly runs: readonly Looked[];
  /** Names of the accuracy columns. */
  readonly columns: readonly string[];
  /** The column that figures show. */
  readonly shown: string | null;
}

/**
 * Joins runs with accuracies.
 * @param canonical an architecture's text as the table may have it, where that differs from the run's
 */
export function joinAccuracies(
  runs: readonly Run[],
  table: AccuracyTable | null,
  canonical: (space: string, architecture: string) => string,
): Batch {
  const column = table === null ? 0 : columnFor(table, runs[0]?.dataset ?? '');
  const looked = runs.map((run): Looked => {
    const { architecture, space } = run;
    const found =
      architecture === null
        ? undefined
        : (table?.accuracies.get(architecture) ?? table?.accuracies.get(canonical(space, architecture)));
    return { ...run, accuracies: found ?? [], accuracy: found?.[column] ?? null };
  });
  return { runs: looked, columns: table?.columns ?? [], shown: table?.columns[column] ?? null };
}

/** The figures of a batch, under names with this suffix. */
export function figuresOfBatch({ runs, shown }: Batch, suffix: string): Figure[] {
  return batchFigures(runs, shown).map((figure) => ({ ...figure, name: `${figure.name}${suffix}` }));
}

function number(value: number | null, shown?: string): Cell {
  return value === null ? null : { value, shown: shown ?? numberText(value) };
}

function runTable({ runs, columns }: Batch, name: string): Html {
  const several = (field: (run: Run) => string | null) => new Set(runs.map(field)).size > 1;
  const shown: { column: Column; cell: (run: Looked) => Cell; when: boolean }[] = [
    {
      column: { label: 'kind', kind: 'category' },
      cell: ({ kind }) => kind,
      when: several(({ kind }) => kind),
    },
    {
      column: { label: 'space', kind: 'category' },
      cell: ({ space }) => spaceTitle(space),
      when: several(({ space }) => space),
    },
    {
      column: { label: 'dataset', kind: 'category' },
      cell: ({ dataset }) => dataset,
      when: several(({ dataset }) => dataset),
    },
    {
      column: { label: 'protocol', kind: 'category' },
      cell: ({ protocol }) => protocol ?? '–',
      when: several(({ protocol }) => protocol),
    },
    { column: { label: 'seed', kind: 'number' }, cell: ({ seed }) => number(seed, String(seed)), when: true },
    {
      column: { label: 'status', kind: 'category' },
      cell: ({ status }) => status,
      when: several(({ status }) => status),
    },
    { column: { label: 'κ', kind: 'number' }, cell: ({ kappa }) => number(kappa), when: true },
    { column: { label: 'R', kind: 'number' }, cell: ({ regions }) => number(regions), when: true },
    ...columns.map((label, index) => ({
      column: { label, kind: 'number' as const },
      cell: ({ accuracies }: Looked) =>
        number(accuracies[index] ?? null, numberText(accuracies[index] ?? null, 4)),
      when: true,
    })),
    {
      column: { label: 'parameters', kind: 'number' },
      cell: ({ params }) => number(params, params === null ? '' : scaledText(params)),
      when: true,
    },
    { column: { label: 'seconds', kind: 'number' }, cell: ({ seconds }) => number(seconds), when: true },
    { column: { label: 'architecture', kind: 'code' }, cell: ({ architecture }) => architecture, when: true },
  ];
  const used = shown.filter(({ when }) => when);
  return dataTable({
    name,
    caption: 'All runs. A click on a heading sorts.',
    columns: used.map(({ column }) => column),
    rows: runs.map((run) => used.map(({ cell }) => cell(run))),
  });
}

function deviation(values: readonly number[]): number {
  const mean = meanOf(values);
  return values.length < 2
    ? 0
    : Math.sqrt(values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / (values.length - 1));
}

function spread(values: readonly number[], digits: number): Cell {
  if (values.length === 0) return null;
  const mean = meanOf(values);
  const around = values.length < 2 ? '' : ` ± ${numberText(deviation(values), 2)}`;
  return { value: mean, shown: `${numberText(mean, digits)}${around}` };
}

/** Runs of the same kind, space, dataset and protocol, summed up. */
function groupTable({ runs, columns }: Batch, name: string): Html {
  const groups = new Map<string, Looked[]>();
  for (const run of runs) {
    if (run.status !== 'done') continue;
    const what =
      run.kind === 'search' ? `search${run.protocol === null ? '' : `, ${run.protocol}`}` : 'score';
    const key = JSON.stringify([what, spaceTitle(run.space), run.dataset]);
    groups.set(key, [...(groups.get(key) ?? []), run]);
  }
  const present = (values: readonly (number | null | undefined)[]) =>
    values.filter((value): value is number => typeof value === 'number' && Number.isFinite(value));
  return dataTable({
    name,
    caption: 'What was run, mean ± standard deviation over the runs of a line',
    columns: [
      { label: 'what', kind: 'text' },
      { label: 'space', kind: 'text' },
      { label: 'images', kind: 'text' },
      { label: 'runs', kind: 'number' },
      { label: 'different architectures', kind: 'number' },
      ...columns.map((label): Column => ({ label, kind: 'number' })),
      { label: 'seconds', kind: 'number' },
    ],
    rows: [...groups].map(([key, group]) => [
      ...(JSON.parse(key) as string[]),
      number(group.length, countText(group.length)),
      number(new Set(group.map(({ architecture }) => architecture)).size),
      ...columns.map((_, index) => spread(present(group.map(({ accuracies }) => accuracies[index])), 4)),
      spread(present(group.map(({ seconds }) => seconds)), 3),
    ]),
  });
}

/** Many runs side by side. @param name unique on the page */
export function batchSection(batch: Batch, figures: readonly Figure[], name: string): Html {
  const { runs, shown } = batch;
  const done = runs.filter(({ status }) => status === 'done');
  const seconds = done.reduce((sum, run) => sum + (run.seconds ?? 0), 0);
  const judged = done.flatMap(({ accuracy }) => (accuracy === null ? [] : [accuracy]));
  const spaces = [...new Set(runs.map(({ space }) => spaceTitle(space)))].join(', ');
  const unjudged = shown !== null && judged.length < done.length;
  return html`<section class="result">
<h1>${plural(runs.length, 'run')} on ${spaces}</h1>
<p class="lead">Images: ${[...new Set(runs.map(({ dataset }) => dataset))].join(', ')}. ${done.length < runs.length ? html`${countText(done.length)} are done. ` : null}${
    shown === null
      ? null
      : html`Accuracies are looked up in a table of trained networks; figures show <code>${shown}</code>.`
  }${unjudged ? html` ${countText(done.length - judged.length)} have no entry there.` : null}</p>
${tiles([
  ['runs done', countText(done.length)],
  ['different architectures', countText(new Set(done.map(({ architecture }) => architecture)).size)],
  ['time of all runs', durationText(seconds)],
  ...(seconds > 0 && done.length > 0 ? [['a run', durationText(seconds / done.length)] as const] : []),
  ...(judged.length > 0
    ? ([
        ['mean accuracy', numberText(meanOf(judged), 4)],
        ['best accuracy', numberText(Math.max(...judged.slice(0, 100_000)), 4)],
      ] as const)
    : []),
])}
${aboutMetrics()}
${groupTable(batch, `${name}-groups`)}
<h2>Distributions</h2>
${figureGrid(figures)}
<h2>Every run</h2>
${runTable(batch, name)}
</section>`;
}
