import { countText, plural } from '@tenas/base';
import type { PruneRecord } from '@tenas/records';
import type { Figure } from '../figure.js';
import { hasTwoInputs } from '../figures/cell-graph.js';
import { eliminationMap } from '../figures/elimination-map.js';
import { trajectories } from '../figures/trajectory.js';
import { html } from '../html.js';
import { figureGrid } from '../page.js';
import { type PruneView, pruneView } from '../prune-view.js';
import type { ShownMetric } from '../shown-metric.js';
import { cellTitle, groupPart, groupsOf } from './cell-figures.js';
import { aboutPruning } from './explanations.js';
import { finalsFigures, finalsSection } from './finals-section.js';
import { roundFigures, roundSection } from './round-section.js';
import type { SearchStory } from './search-story.js';

/** Later rounds have tables but no figures: a page cannot hold thousands of them. */
const ROUNDS_WITH_FIGURES = 40;

function summaryOf({ detail }: PruneRecord): string {
  const { rounds, finals } = detail;
  if (finals === null) return `${plural(rounds.length, 'round')} of pruning left one architecture.`;
  const distinct = `${countText(finals.distinct)} architectures`;
  return rounds.length === 0
    ? `the search scored ${distinct}, each by itself, and found the best.`
    : `${plural(rounds.length, 'round')} of pruning left ${distinct}, each of which was scored, and found the best.`;
}

/** Metrics that decided, each once: those of the rounds and those of the final ranking. */
function deciding({ metrics, finalsMetrics }: PruneView, pruned: boolean): readonly ShownMetric[] {
  if (!pruned) return finalsMetrics;
  const known = metrics.map(({ name }) => name);
  return [...metrics, ...finalsMetrics.filter(({ name }) => !known.includes(name))];
}

/** The story of a pruning search. @param suffix that makes names of figures unique */
export function pruneStory(record: PruneRecord, suffix: string): SearchStory {
  const view = pruneView(record);
  const { metrics, finalsMetrics } = view;
  const { rounds, finals, active, protocol } = record.detail;
  const named = (figure: Figure): Figure => ({ ...figure, name: `${figure.name}${suffix}` });
  /** Else the final ranking is all there was. */
  const pruned = rounds.length > 0 || finals === null;
  const groups = groupsOf(rounds[0]?.active ?? finals?.active ?? active);
  const eliminations = (pruned ? [...groups.keys()] : []).map((group) =>
    named(
      eliminationMap(
        record,
        group,
        `elimination${groupPart(groups.keys(), group)}`,
        `${cellTitle(group)}: which round cut what`,
      ),
    ),
  );
  const lines = trajectories(view).map(named);
  const ofRounds = rounds.map((round, index) =>
    index < ROUNDS_WITH_FIGURES ? roundFigures(round, metrics).map(named) : [],
  );
  const ofFinals = finalsFigures(finals, finalsMetrics).map(named);
  const edgesToo = rounds.some(({ kind }) => kind === 'edges') || [...groups.values()].some(hasTwoInputs);
  return {
    method: `Protocol ${protocol}`,
    summary: summaryOf(record),
    metrics: deciding(view, pruned),
    figures: [eliminations, lines, ofRounds.flat(), ofFinals].flat(),
    body: html`${
      pruned
        ? html`<h2>How it decided</h2>
${aboutPruning(metrics, edgesToo, finals !== null)}
${figureGrid(eliminations)}
${figureGrid(lines)}
<h2>Round by round</h2>
${rounds.map((round, index) => roundSection(round, view, ofRounds[index]!, `r${index}${suffix}`))}`
        : null
    }
${finals === null ? null : finalsSection(finals, { metrics: finalsMetrics, pruned, figures: ofFinals })}`,
  };
}
