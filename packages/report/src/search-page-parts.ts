import { countText, durationText } from '@tenas/base';
import type { Domain, MetricInfo, SearchRecord } from '@tenas/records';
import { type Cell, type Column, dataTable } from './data-table.js';
import { html } from './html.js';
import { figureGrid, tiles } from './page.js';
import { type ReportOptions, reportContext } from './report-context.js';
import { architectureView } from './sections/cell-figures.js';
import { searchSection } from './sections/search-section.js';
import { metricText, shownMetric } from './shown-metric.js';

/** A running search, as its page shows it. */
export interface SearchProgress {
  /** From 0; steps as far as known. */
  readonly step: number;
  readonly steps: number;
  readonly label: string;
  /** Units of the step that are done, and planned. */
  readonly done: number;
  readonly total: number;
  readonly secondsElapsed: number;
  readonly secondsLeft: number | null;
  /** The best so far; null: there is none yet. */
  readonly best: {
    readonly architecture: string;
    readonly choices: Domain | null;
    readonly values: Readonly<Record<string, number | null>>;
  } | null;
  readonly metrics: readonly MetricInfo[];
}

/** An architecture that was scored. */
export interface RankedArchitecture {
  readonly architecture: string;
  readonly values: Readonly<Record<string, number | null>>;
  /** Parameters and multiply-adds of the network to train. */
  readonly params: number;
  readonly macs: number;
}

/** Markup of a running search. */
export function searchProgressPart(progress: SearchProgress): string {
  const { step, steps, label, done, total, secondsElapsed, secondsLeft, best, metrics } = progress;
  const values = Object.entries(best?.values ?? {}).map(
    ([name, value]) => [`${shownMetric(name, metrics).symbol} of the best`, metricText(value)] as const,
  );
  const view =
    best?.choices == null ? null : architectureView(best.choices, 'best-so-far', '', ': the best so far');
  return html`${tiles([
    [`step: ${label}`, `${countText(step + 1)} of ${countText(steps)}`],
    ['done in this step', `${countText(done)} of ${countText(total)}`],
    ['time so far', durationText(secondsElapsed)],
    ['time left', secondsLeft === null ? 'not known yet' : `about ${durationText(secondsLeft)}`],
    ...values.slice(0, 4),
  ])}
${view === null ? null : figureGrid(view.figures)}${view?.table}
${best === null ? null : html`<code class="genotype">${best.architecture}</code>`}`.markup;
}

/** Markup of a finished or stopped search: its report, and the architectures that it scored. */
export function searchResultPart(given: {
  readonly record: SearchRecord;
  /** Best first. */
  readonly ranked: readonly RankedArchitecture[];
  /** Architectures that were scored, of which these are the best. */
  readonly scored: number;
  readonly options: ReportOptions;
}): string {
  const { record, ranked, scored, options } = given;
  const names = [...new Set(ranked.flatMap(({ values }) => Object.keys(values)))];
  const metrics = names.map((name) => shownMetric(name, record.metrics));
  const number = (value: number | null | undefined, shown: string): Cell =>
    value === null || value === undefined ? null : { value, shown };
  const table = dataTable({
    name: 'ranked',
    caption: `The best ${countText(ranked.length)} of ${countText(scored)} that were scored; parameters and multiply-adds are those of the network to train`,
    columns: [
      { label: 'rank', kind: 'number' },
      ...metrics.map(({ symbol }): Column => ({ label: symbol, kind: 'number' })),
      { label: 'parameters', kind: 'number' },
      { label: 'multiply-adds', kind: 'number' },
      { label: 'architecture', kind: 'code' },
    ],
    rows: ranked.map(({ architecture, values, params, macs }, place) => [
      number(place + 1, String(place + 1)),
      ...metrics.map(({ name }) => number(values[name], metricText(values[name]))),
      number(params, countText(params)),
      number(macs, countText(macs)),
      architecture,
    ]),
  });
  const section = searchSection(record, [], reportContext(options), '');
  const best =
    ranked.length === 0
      ? null
      : html`<h2>The best architectures</h2>
${table}`;
  return html`${section.body}
${best}`.markup;
}
