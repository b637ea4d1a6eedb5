import { countText, durationText, mean, numberText, plural, sampleStandardDeviation } from '@tenas/base';
import { distinctDatasetTexts } from '@tenas/records';
import { type Cell, type Column, dataTable } from '../data-table.js';
import type { Figure } from '../figure.js';
import { batchFigures } from '../figures/batch-figures.js';
import { type Html, html } from '../html.js';
import { type AccuracyTable, columnFor } from '../input/accuracy-table.js';
import type { Run, Runs } from '../input/batch-runs.js';
import { figureGrid, tiles } from '../page.js';
import type { ReportContext } from '../report-context.js';
import { metricText, type ShownMetric, shownMetric } from '../shown-metric.js';
import { bestByRanks } from './best-by-ranks.js';
import { aboutMetrics } from './explanations.js';

/** A run with all that the table of accuracies has for its architecture. */
interface Looked extends Run {
  /** Its dataset in words that tell several of one name apart. */
  readonly images: string;
  readonly accuracies: readonly (number | null)[];
  readonly accuracy: number | null;
}

/** A batch, joined with a table of accuracies where one was given. */
export interface Batch {
  readonly runs: readonly Looked[];
  readonly metrics: readonly ShownMetric[];
  /** Names of the accuracy columns. */
  readonly columns: readonly string[];
  /** The column that figures show. */
  readonly shown: string | null;
}

/** Joins runs with the accuracies that the report was given. */
export function joinAccuracies({ runs, metrics, described }: Runs, context: ReportContext): Batch {
  const { accuracies: table, canonical } = context;
  const column = table === null ? 0 : columnFor(table, runs[0]?.dataset.name ?? '');
  const accuraciesIn = accuraciesBySpace(context);
  const imagesOf = distinctDatasetTexts(runs);
  const looked = runs.map((run): Looked => {
    const { architecture, space } = run;
    const found =
      architecture === null
        ? undefined
        : (table?.accuracies.get(architecture) ?? accuraciesIn(space).get(canonical(space, architecture)));
    return { ...run, images: imagesOf(run), accuracies: found ?? [], accuracy: found?.[column] ?? null };
  });
  return {
    runs: looked,
    metrics: metrics.map((name) => shownMetric(name, described, context.metrics)),
    columns: table?.columns ?? [],
    shown: table?.columns[column] ?? null,
  };
}

type Accuracies = AccuracyTable['accuracies'];

/** The accuracies by architectures as a space writes them: tables write one in many ways. Each space is asked once. */
function accuraciesBySpace({ accuracies: table, canonical }: ReportContext): (space: string) => Accuracies {
  const found = new Map<string, Accuracies>();
  return (space) => {
    let accuracies = found.get(space);
    if (accuracies === undefined) {
      const entries = [...(table?.accuracies ?? [])];
      accuracies = new Map(entries.map(([text, values]) => [canonical(space, text), values]));
      found.set(space, accuracies);
    }
    return accuracies;
  };
}

/** The figures of a batch, under names with this suffix. */
export function figuresOfBatch({ runs, metrics, shown }: Batch, suffix: string): Figure[] {
  return batchFigures(runs, metrics, shown).map((figure) => ({ ...figure, name: `${figure.name}${suffix}` }));
}

function number(value: number | null, shown?: string): Cell {
  return value === null ? null : { value, shown: shown ?? numberText(value) };
}

function runTable({ runs, metrics, columns }: Batch, context: ReportContext, name: string): Html {
  const several = (field: (run: Looked) => string | null) => new Set(runs.map(field)).size > 1;
  const shown: { column: Column; cell: (run: Looked) => Cell; when: boolean }[] = [
    { column: { label: 'architecture', kind: 'code' }, cell: ({ architecture }) => architecture, when: true },
    {
      column: { label: 'kind', kind: 'category' },
      cell: ({ kind }) => kind,
      when: several(({ kind }) => kind),
    },
    {
      column: { label: 'space', kind: 'category' },
      cell: ({ space }) => context.spaceTitle(space),
      when: several(({ space }) => space),
    },
    {
      column: { label: 'dataset', kind: 'category' },
      cell: ({ images }) => images,
      when: several(({ images }) => images),
    },
    {
      column: { label: 'method', kind: 'category' },
      cell: ({ method }) => method ?? '–',
      when: several(({ method }) => method),
    },
    { column: { label: 'seed', kind: 'number' }, cell: ({ seed }) => number(seed, String(seed)), when: true },
    {
      column: { label: 'status', kind: 'category' },
      cell: ({ status }) => status,
      when: several(({ status }) => status),
    },
    ...metrics.map(({ name: metric, symbol }) => ({
      column: { label: symbol, kind: 'number' as const },
      cell: ({ values }: Looked) => number(values[metric] ?? null, metricText(values[metric])),
      when: true,
    })),
    ...columns.map((label, index) => ({
      column: { label, kind: 'number' as const },
      cell: ({ accuracies }: Looked) =>
        number(accuracies[index] ?? null, numberText(accuracies[index] ?? null, 4)),
      when: true,
    })),
    { column: { label: 'seconds', kind: 'number' }, cell: ({ seconds }) => number(seconds), when: true },
  ];
  const used = shown.filter(({ when }) => when);
  return dataTable({
    name,
    caption: 'All runs. A click on a heading sorts.',
    columns: used.map(({ column }) => column),
    rows: runs.map((run) => used.map(({ cell }) => cell(run))),
  });
}

function spread(values: readonly number[], digits: number): Cell {
  if (values.length === 0) return null;
  const average = mean(values);
  const around = values.length < 2 ? '' : ` ± ${numberText(sampleStandardDeviation(values), 2)}`;
  return { value: average, shown: `${numberText(average, digits)}${around}` };
}

/** Runs of the same kind, space, dataset and method, summed up. */
function groupTable({ runs, columns }: Batch, context: ReportContext, name: string): Html {
  const groups = new Map<string, { readonly names: readonly string[]; readonly runs: Looked[] }>();
  for (const run of runs) {
    if (run.status !== 'done') continue;
    const what = `${run.kind}${run.method === null ? '' : `, ${run.method}`}`;
    const names = [what, context.spaceTitle(run.space), run.images];
    const key = JSON.stringify(names);
    const group = groups.get(key);
    if (group === undefined) groups.set(key, { names, runs: [run] });
    else group.runs.push(run);
  }
  const present = (values: readonly (number | null | undefined)[]) =>
    values.filter((value): value is number => typeof value === 'number' && Number.isFinite(value));
  return dataTable({
    name,
    caption: 'What was run, mean ± standard deviation over the runs of a line',
    columns: [
      { label: 'what', kind: 'text' },
      { label: 'space', kind: 'category' },
      { label: 'images', kind: 'category' },
      { label: 'runs', kind: 'number' },
      { label: 'different architectures', kind: 'number' },
      ...columns.map((label): Column => ({ label, kind: 'number' })),
      { label: 'seconds', kind: 'number' },
    ],
    rows: [...groups.values()].map(({ names, runs: group }) => [
      ...names,
      number(group.length, countText(group.length)),
      number(new Set(group.map(({ architecture }) => architecture)).size),
      ...columns.map((_, index) => spread(present(group.map(({ accuracies }) => accuracies[index])), 4)),
      spread(present(group.map(({ seconds }) => seconds)), 3),
    ]),
  });
}

/** Seconds of each evaluation. All isomorphic architectures of a seed share one, and each of their runs has its time. */
function evaluationSeconds(runs: readonly Looked[]): number[] {
  const times = new Map<string, number>();
  for (const [index, { kind, space, images, method, seed, scoredAs, seconds }] of runs.entries()) {
    const alone = kind !== 'score' || scoredAs == null;
    const what = alone ? [index] : [space, images, method, seed, scoredAs, seconds];
    times.set(JSON.stringify(what), seconds ?? 0);
  }
  return [...times.values()];
}

/** Many runs side by side. @param name unique on the page */
export function batchSection(
  batch: Batch,
  figures: readonly Figure[],
  context: ReportContext,
  name: string,
): Html {
  const { runs, metrics, shown } = batch;
  const done = runs.filter(({ status }) => status === 'done');
  const times = evaluationSeconds(done);
  const seconds = times.reduce((sum, time) => sum + time, 0);
  const judged = done.flatMap(({ accuracy }) => (accuracy === null ? [] : [accuracy]));
  const spaces = [...new Set(runs.map(({ space }) => context.spaceTitle(space)))].join(', ');
  const unjudged = shown !== null && judged.length < done.length;
  return html`<section class="result">
<h1>${plural(runs.length, 'run')} on ${spaces}</h1>
<p class="lead">Images: ${[...new Set(runs.map(({ images }) => images))].join(', ')}. ${done.length < runs.length ? html`${countText(done.length)} are done. ` : null}${
    shown === null
      ? null
      : html`Accuracies are looked up in a table of trained networks; figures show <code>${shown}</code>.`
  }${unjudged ? html` ${countText(done.length - judged.length)} have no entry there.` : null}</p>
${tiles([
  ['runs done', countText(done.length)],
  ['different architectures', countText(new Set(done.map(({ architecture }) => architecture)).size)],
  ['time of all runs', durationText(seconds)],
  ...(times.length < done.length ? [['evaluations', countText(times.length)] as const] : []),
  ...(seconds > 0
    ? [
        [
          times.length < done.length ? 'an evaluation' : 'a run',
          durationText(seconds / times.length),
        ] as const,
      ]
    : []),
  ...(judged.length === 1 ? [['accuracy in the table', numberText(judged[0], 4)] as const] : []),
  ...(judged.length > 1
    ? ([
        ['mean accuracy', numberText(mean(judged), 4)],
        ['best accuracy', numberText(Math.max(...judged.slice(0, 100_000)), 4)],
      ] as const)
    : []),
])}
${bestByRanks(done, metrics)}
${aboutMetrics(metrics)}
${groupTable(batch, context, `${name}-groups`)}
${figures.length === 0 ? null : html`<h2>Distributions</h2>${figureGrid(figures)}`}
<h2>Every run</h2>
${runTable(batch, context, name)}
</section>`;
}
