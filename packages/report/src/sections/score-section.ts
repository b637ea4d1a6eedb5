import { durationText, numberText, plural } from '@tenas/base';
import type { ScoreDocument } from '@tenas/records';
import type { Figure } from '../figure.js';
import { spectrum } from '../figures/spectrum.js';
import { type Html, html } from '../html.js';
import { figureBlock, figureGrid, tiles } from '../page.js';
import type { ReportContext } from '../report-context.js';
import { fullTitle, metricText, shownMetric } from '../shown-metric.js';
import { architectureView, UNKNOWN_ARCHITECTURE } from './cell-figures.js';
import { aboutMetrics } from './explanations.js';
import { scoreTable } from './score-table.js';

const MOST_TILES = 8;

/** A score as a section of a page. */
export interface ScoreSection {
  readonly figures: readonly Figure[];
  readonly body: Html;
}

function latencyTile({ value, belowRange, model }: NonNullable<ScoreDocument['latency']>): [string, string] {
  return [`predicted latency on ${model.device}`, `${numberText(value)} ms${belowRange ? ' or less' : ''}`];
}

/** The scores of one architecture. @param suffix that makes names of figures unique */
export function scoreSection(document: ScoreDocument, context: ReportContext, suffix: string): ScoreSection {
  const { scores, latency, seconds, seed, dataset, repeats, architecture, space } = document;
  const choices = context.choicesOf(space, architecture);
  const view = choices === null ? UNKNOWN_ARCHITECTURE : architectureView(choices, 'scored-cell', suffix, '');
  const shown = Object.entries(scores).map(([name, score]) => ({
    score,
    metric: shownMetric(name, document.metrics, context.metrics),
  }));
  const spectra = shown.flatMap(({ score, metric }, index) => {
    const name = `spectrum${index === 0 ? '' : `-${metric.name}`}${suffix}`;
    return spectrum(score, metric, name) ?? [];
  });
  return {
    figures: [...view.figures, ...spectra],
    body: html`<section class="result">
<h1>Scores of an architecture of ${context.spaceTitle(space)}</h1>
<p class="lead">${dataset === null ? null : html`Images: ${dataset.name}. `}Seed ${seed}, ${plural(repeats, 'repeat')}, ${durationText(seconds)}.</p>
<code class="genotype">${architecture}</code>
${tiles([...shown.slice(0, MOST_TILES).map(({ metric, score }): [string, string] => [fullTitle(metric), metricText(score.value)]), ...(latency === undefined ? [] : [latencyTile(latency)])])}
${aboutMetrics(shown.map(({ metric }) => metric))}
${view.figures.map((figure) => figureBlock(figure, true))}
${view.note}${view.table}
${figureGrid(spectra)}
${scoreTable(scores, document.metrics, context.metrics)}
</section>`,
  };
}
