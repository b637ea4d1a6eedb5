import { countText, durationText, numberText, plural } from '@tenas/base';
import type { Figure } from '../figure.js';
import { eliminationMap } from '../figures/elimination-map.js';
import { finalsScatter } from '../figures/finals-scatter.js';
import { roundSeconds } from '../figures/round-seconds.js';
import { trajectories } from '../figures/trajectory.js';
import { type Html, html, type Part } from '../html.js';
import type { SearchRecord } from '../input/search-record.js';
import { remainingOps } from '../input/search-record.js';
import { scaledText } from '../number-text.js';
import { facts, figureBlock, figureGrid, tiles } from '../page.js';
import { isDarts, spaceTitle } from '../space-title.js';
import { cellFigures, cellPart, cellTitle } from './cell-figures.js';
import { aboutMetrics, aboutPruning } from './explanations.js';
import { finalsSection } from './finals-section.js';
import { type NetworkFile, networkFacts } from './network-facts.js';
import { roundFigures, roundSection } from './round-section.js';

/** Figures of a search, under names that are unique with this suffix. */
export interface SearchFigures {
  readonly cells: readonly Figure[];
  readonly eliminations: readonly Figure[];
  readonly trajectories: readonly Figure[];
  readonly rounds: readonly (readonly Figure[])[];
  readonly finals: readonly Figure[];
  readonly time: readonly Figure[];
}

/** All figures of a search. */
export function searchFigures(record: SearchRecord, suffix: string): SearchFigures {
  const remaining = remainingOps(record);
  const cells = Object.keys(remaining);
  const named = (figure: Figure): Figure => ({ ...figure, name: `${figure.name}${suffix}` });
  return {
    cells:
      record.status === 'complete' ? cellFigures(record.space, remaining, 'cell', suffix, ' it found') : [],
    eliminations: cells.map((cell) =>
      named(
        eliminationMap(
          record,
          cell,
          `elimination${cellPart(cells, cell)}`,
          `${cellTitle(cell)}: which round cut what`,
        ),
      ),
    ),
    trajectories: trajectories(record).map(named),
    rounds: record.rounds.map((round) => roundFigures(round, record.settings).map(named)),
    finals: (record.finals?.stages ?? []).map((stage) => named(finalsScatter(stage))),
    time:
      record.rounds.length > 0 || record.finals !== null || record.status === 'interrupted'
        ? [named(roundSeconds(record))]
        : [],
  };
}

/** Settings as lines: `ntk.batchSize 32`. */
function settingLines(settings: Readonly<Record<string, unknown>>, prefix = ''): [string, string][] {
  return Object.entries(settings).flatMap(([key, value]): [string, string][] => {
    const name = `${prefix}${key}`;
    if (typeof value === 'object' && value !== null && !Array.isArray(value)) {
      return settingLines(value as Record<string, unknown>, `${name}.`);
    }
    return [[name, value === null ? 'none' : typeof value === 'string' ? value : JSON.stringify(value)]];
  });
}

function searchStory({ rounds, finals }: SearchRecord): string {
  if (finals === null) return `${plural(rounds.length, 'round')} of pruning left one architecture.`;
  const scored = `${countText(finals.distinct)} architectures, each of which was scored, and found the best.`;
  return rounds.length === 0
    ? `the search scored ${scored}`
    : `${plural(rounds.length, 'round')} of pruning left ${scored}`;
}

function headline(record: SearchRecord): Html {
  const { space, dataset, protocol, seed, startedAt, seconds } = record;
  const what = record.status === 'complete' ? 'Architecture search' : 'Interrupted architecture search';
  return html`<h1>${what} on ${spaceTitle(space)}</h1>
<p class="lead">Images: ${dataset.name}. Protocol ${protocol}, seed ${seed}, ${startedAt.slice(0, 16).replace('T', ' ')} UTC.
${
  record.status === 'complete'
    ? html`In ${durationText(seconds)} and without training anything, ${searchStory(record)}`
    : html`Stopped after ${durationText(seconds)} and ${plural(record.rounds.length, 'whole round')}; what was measured until then is below.`
}</p>`;
}

function headTiles(record: SearchRecord): Html {
  const scores = record.status === 'complete' ? record.scores : undefined;
  const made = record.evaluations.ntk + record.evaluations.regions;
  const entries: [string, string][] = [['search time', durationText(record.seconds)]];
  if (scores?.conditionNumber !== undefined)
    entries.push(['condition number κ', numberText(scores.conditionNumber)]);
  if (scores?.regions !== undefined) entries.push(['linear regions R', countText(scores.regions)]);
  if (scores?.params !== undefined) entries.push(['parameters', scaledText(scores.params)]);
  if (scores?.flops !== undefined) entries.push(['multiply-adds', scaledText(scores.flops)]);
  entries.push(['evaluations', countText(made)]);
  return tiles(entries);
}

function failureLine(failures: Readonly<Record<string, number>>): string {
  const some = Object.entries(failures).filter(([, times]) => times > 0);
  if (some.length === 0) return 'none';
  return some.map(([reason, times]) => `${countText(times)} ${reason}`).join(', ');
}

/** The story of one search. */
export function searchSection(
  record: SearchRecord,
  figures: SearchFigures,
  files: readonly NetworkFile[],
): Html {
  const { dataset, versions, settings, threads } = record;
  const edgesToo = record.rounds.some(({ kind }) => kind === 'edges') || isDarts(record.space);
  const found: Part =
    record.status === 'complete'
      ? html`<h2>What it found</h2>
${figures.cells.map((figure) => figureBlock(figure, true))}
<p class="soft">A cell is the building block that the network repeats. Circles are feature maps, lines are operations; what arrives at a circle is added up${isDarts(record.space) ? ', and the output joins all nodes' : ''}.
Edges below are named <code>to&lt;-from</code>${isDarts(record.space) ? html`: nodes count from 0, and inputs are the two cells before (0 and 1), then the nodes (2 is node 0)` : html`; 0 is the input`}.</p>
<code class="genotype">${record.genotype}</code>
${networkFacts(files)}`
      : html`<p class="notice">This search was stopped before it was done. Operations marked <em>open</em> were still in the race.</p>`;
  return html`<section class="result">
${headline(record)}
${headTiles(record)}
${aboutMetrics()}
${found}
<h2>How it decided</h2>
${aboutPruning(edgesToo, record.finals !== null)}
${figureGrid(figures.eliminations)}
${figureGrid(figures.trajectories)}
<h2>Round by round</h2>
${record.rounds.map((round, index) => roundSection(round, figures.rounds[index]!, `r${index}${figures.time[0]?.name ?? ''}`))}
${record.finals === null ? null : finalsSection(record.finals, figures.finals)}
<h2>Time and settings</h2>
<div class="grid">${figures.time.map((figure) => figureBlock(figure))}
<div class="card">${facts([
    [
      'images',
      `${dataset.name}, ${countText(dataset.images)} of ${dataset.height} × ${dataset.width}, ${dataset.classes} classes${dataset.skipped > 0 ? `; ${countText(dataset.skipped)} could not be read` : ''}`,
    ],
    [
      'evaluations',
      `${countText(record.evaluations.ntk)} of κ, ${countText(record.evaluations.regions)} of R`,
    ],
    ['κ without a value', failureLine(record.failures)],
    [
      'engine',
      `${versions.engine.name} ${versions.engine.version}, ${versions.engine.isa}, ${threads === null ? 'all threads' : plural(threads, 'thread')}`,
    ],
  ])}</div></div>
<details><summary>All settings <span>of protocol ${record.protocol}</span></summary>${facts(
    settingLines(settings),
  )}</details>
</section>`;
}
