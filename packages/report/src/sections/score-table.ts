import { durationText } from '@tenas/base';
import type { MetricInfo, Score, Scores } from '@tenas/records';
import { type Html, html } from '../html.js';
import { directionText, fullTitle, metricText, shownMetric } from '../shown-metric.js';

/** Most repeats whose values are listed. */
const SHOWN_REPEATS = 20;

function repeatsText({ repeats, failures }: Score): string {
  const shown = repeats
    .slice(0, SHOWN_REPEATS)
    .map((value, index) => (value === null ? (failures?.[index] ?? 'none') : metricText(value)));
  return [...shown, ...(repeats.length > SHOWN_REPEATS ? [`… of ${repeats.length}`] : [])].join(', ');
}

/** Scores, one metric a line. */
export function scoreTable(scores: Scores, ...described: readonly (readonly MetricInfo[])[]): Html | null {
  const entries = Object.entries(scores);
  if (entries.length === 0) return null;
  return html`<div class="scroll" role="region" aria-label="Scores" tabindex="0"><table><caption>What the metrics say</caption>
<thead><tr><th scope="col">metric</th><th scope="col" class="number">value</th><th scope="col">direction</th><th scope="col">each repeat</th><th scope="col" class="number">time</th></tr></thead>
<tbody>${entries.map(([name, score]) => {
    const metric = shownMetric(name, ...described);
    return html`<tr><th scope="row">${fullTitle(metric)}</th><td class="number">${metricText(score.value)}</td>
<td>${directionText(metric)}</td><td>${repeatsText(score)}</td><td class="number">${score.seconds === null ? '–' : durationText(score.seconds)}</td></tr>`;
  })}</tbody></table></div>`;
}
