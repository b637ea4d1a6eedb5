import { countText, durationText, numberText, plural } from '@tenas/base';
import {
  agentsDetailOf,
  type Domain,
  gradientDetailOf,
  isPruneRecord,
  type Objective,
  type SearchRecord,
  stagedDetailOf,
} from '@tenas/records';
import type { Figure } from '../figure.js';
import { objectiveText } from '../figures/pareto-front.js';
import { stepSeconds } from '../figures/step-seconds.js';
import { type Html, html, type Part } from '../html.js';
import { clipText } from '../number-text.js';
import { facts, figureBlock, tiles } from '../page.js';
import type { ReportContext } from '../report-context.js';
import { fullTitle, metricText, shownMetric } from '../shown-metric.js';
import { type ArchitectureView, architectureView, isDrawable, UNKNOWN_ARCHITECTURE } from './cell-figures.js';
import { aboutMetrics } from './explanations.js';
import { frontSection } from './front-section.js';
import { type NetworkFile, networkFacts } from './network-facts.js';
import { pruneStory } from './prune-story.js';
import { scoreTable } from './score-table.js';
import type { SearchStory } from './search-story.js';
import { stepsStory } from './steps-story.js';

const MOST_SETTINGS = 500;
const MOST_TILES = 8;

/** Settings as lines: `ntk.batchSize 32`. */
function settingLines(settings: Readonly<Record<string, unknown>>): [string, string][] {
  const lines = function* (value: object, prefix: string): Generator<[string, string]> {
    for (const [key, item] of Object.entries(value)) {
      if (typeof item === 'object' && item !== null && !Array.isArray(item)) {
        yield* lines(item, `${prefix}${key}.`);
      } else {
        const text = item === null ? 'none' : typeof item === 'string' ? item : JSON.stringify(item);
        yield [`${prefix}${key}`, clipText(String(text), 400)];
      }
    }
  };
  const all: [string, string][] = [];
  for (const line of lines(settings, '')) {
    if (all.push(line) === MOST_SETTINGS) break;
  }
  return all;
}

/** Whether weights were trained: those of a supernet, or of networks, by a shortlist or by metrics that have epochs. */
function hasTrained(record: SearchRecord): boolean {
  const { shortlist } = record.settings;
  return (
    gradientDetailOf(record) !== null ||
    agentsDetailOf(record)?.loss === 'validation' ||
    stagedDetailOf(record) !== null ||
    (typeof shortlist === 'number' && shortlist > 0) ||
    record.metrics.some(({ settings }) => 'epochs' in settings)
  );
}

function headline(record: SearchRecord, story: SearchStory, context: ReportContext): Html {
  const { space, dataset, seed, startedAt, seconds, steps } = record;
  const what = record.status === 'complete' ? 'Architecture search' : 'Interrupted architecture search';
  const finished = steps.filter(({ unfinished }) => unfinished !== true).length;
  return html`<h1>${what} on ${context.spaceTitle(space)}</h1>
<p class="lead">Images: ${dataset.name}. ${story.method}, seed ${seed}, ${startedAt.slice(0, 16).replace('T', ' ')} UTC.
${
  record.status === 'complete'
    ? html`In ${durationText(seconds)}${hasTrained(record) ? '' : ' and without training anything'}, ${story.summary}`
    : html`Stopped after ${durationText(seconds)} and ${plural(finished, 'whole step')}; what was measured until then is below.`
}</p>`;
}

/** The objectives with the values of the found architecture; none where the search has no front that it stands on. */
function foundObjectives(record: SearchRecord): { objective: Objective; value: number }[] {
  const front = record.status === 'complete' ? record.front : undefined;
  const found = front?.find(({ architecture }) => architecture === record.architecture);
  if (found === undefined) return [];
  return (record.objectives ?? []).flatMap((objective) => {
    const value = found.values[objective.name];
    return value === undefined ? [] : { objective, value };
  });
}

function headTiles(record: SearchRecord): Html {
  const made = Object.values(record.evaluations).reduce((sum, times) => sum + times, 0);
  const objectives = foundObjectives(record);
  // The objective `score` of a search by one metric, and objectives that are metrics, are scores as well.
  const isObjective = (name: string, score: number | null) =>
    objectives.some(
      ({ objective, value }) =>
        objective.name === name ||
        (objective.title === shownMetric(name, record.metrics).title && value === score),
    );
  const scores = Object.entries(record.scores ?? {})
    .filter(([name, { value }]) => !isObjective(name, value))
    .slice(0, MOST_TILES);
  return tiles([
    ['search time', durationText(record.seconds)],
    ...objectives
      .slice(0, MOST_TILES)
      .map(({ objective, value }) => [objective.title, objectiveText(objective, value)] as const),
    ...scores.map(
      ([name, { value }]) => [fullTitle(shownMetric(name, record.metrics)), metricText(value)] as const,
    ),
    ['evaluations', countText(made)],
  ]);
}

function failureText(record: SearchRecord): string {
  const some = Object.entries(record.failures).flatMap(([metric, reasons]) => {
    const counted = Object.entries(reasons).filter(([, times]) => times > 0);
    const { symbol } = shownMetric(metric, record.metrics);
    return counted.map(([reason, times]) => `${countText(times)} ${reason} (${symbol})`);
  });
  return some.length === 0 ? 'none' : some.join(', ');
}

function evaluationsText(record: SearchRecord): string {
  const some = Object.entries(record.evaluations).map(
    ([metric, times]) => `${countText(times)} of ${shownMetric(metric, record.metrics).symbol}`,
  );
  return some.length === 0 ? 'none' : some.join(', ');
}

/** Counts in full, other amounts rounded. */
function boundText(value: number): string {
  return Number.isInteger(value) ? countText(value) : numberText(value);
}

function timeAndSettings(record: SearchRecord, story: SearchStory, time: readonly Figure[]): Html {
  const { dataset, versions, threads, plugins, settings } = record;
  const sample = dataset.sampledFrom === null ? '' : `, a sample of ${countText(dataset.sampledFrom.images)}`;
  return html`<h2>Time and settings</h2>
<div class="grid">${time.map((figure) => figureBlock(figure))}
<div class="card">${facts([
    [
      'images',
      `${dataset.name}, ${countText(dataset.images)} of ${dataset.height} × ${dataset.width}, ${dataset.classes} classes${sample}${dataset.skipped > 0 ? `; ${countText(dataset.skipped)} could not be read` : ''}`,
    ],
    ['evaluations', evaluationsText(record)],
    ['without a value', failureText(record)],
    ...(record.constraints ?? []).map((one): [string, Part] => [
      `${one.name} of the answer`,
      `${one.value === null ? 'unknown' : boundText(one.value)} ${one.unit}, at most ${boundText(one.limit)} allowed${one.model === undefined ? '' : `; predicted for ${one.model.device}`}`,
    ]),
    [
      'engine',
      `${versions.engine.name} ${versions.engine.version}, ${versions.engine.isa}, ${threads === null ? 'all threads' : plural(threads, 'thread')}`,
    ],
    ...plugins.map(({ kind, name, sha256 }): [string, Part] => [
      `own ${kind}`,
      html`${name} <code>${sha256.slice(0, 12)}</code>`,
    ]),
  ])}</div></div>
<details><summary>All settings <span>${story.method}</span></summary>${facts(settingLines(settings))}</details>`;
}

/** What to draw: the operations that were kept, or what the space makes of the architecture where they are no edges. */
function choicesOf(record: SearchRecord, architecture: string, context: ReportContext): Domain | null {
  const kept = isPruneRecord(record) ? record.detail.active : null;
  if (kept !== null && isDrawable(kept)) return kept;
  return context.choicesOf(record.space, architecture) ?? kept;
}

/** Figures of the found architecture. */
function viewOf(record: SearchRecord, context: ReportContext, suffix: string): ArchitectureView {
  if (record.architecture === null) return UNKNOWN_ARCHITECTURE;
  const choices = choicesOf(record, record.architecture, context);
  return choices === null ? UNKNOWN_ARCHITECTURE : architectureView(choices, 'cell', suffix, ' it found');
}

/** A search as a section of a page. */
export interface SearchSection {
  readonly figures: readonly Figure[];
  readonly body: Html;
}

/** The story of one search. @param suffix that makes names of figures unique */
export function searchSection(
  record: SearchRecord,
  files: readonly NetworkFile[],
  context: ReportContext,
  suffix: string,
): SearchSection {
  const story = isPruneRecord(record) ? pruneStory(record, suffix) : stepsStory(record, suffix);
  const { architecture } = record;
  const view = viewOf(record, context, suffix);
  const seconds = stepSeconds(record);
  const time = seconds === null ? [] : [{ ...seconds, name: `${seconds.name}${suffix}` }];
  const front = frontSection(record, suffix);
  const found: Part =
    architecture === null
      ? null
      : html`<h2>What it found</h2>
${view.figures.map((figure) => figureBlock(figure, true))}
${view.note}${view.table}
<code class="genotype">${architecture}</code>
${record.scores === null ? null : scoreTable(record.scores, record.metrics, context.metrics)}
${networkFacts(files)}`;
  const notice =
    record.status === 'complete'
      ? null
      : html`<p class="notice">This search was stopped before it was done. Operations marked <em>open</em> were still in the race.</p>`;
  return {
    figures: [...view.figures, ...(front?.figures ?? []), ...story.figures, ...time],
    body: html`<section class="result">
${headline(record, story, context)}
${headTiles(record)}
${aboutMetrics(story.metrics)}
${notice}${found}
${front === null ? null : front.body}
${story.body}
${timeAndSettings(record, story, time)}
</section>`,
  };
}
