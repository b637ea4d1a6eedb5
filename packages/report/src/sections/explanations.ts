import { type Html, html } from '../html.js';
import { directionText, fullTitle, type ShownMetric } from '../shown-metric.js';

function capital(text: string): string {
  return text.slice(0, 1).toUpperCase() + text.slice(1);
}

/**
 * Explanations of the metrics for readers who have not read the papers. Metrics without an explanation are left out.
 */
export function aboutMetrics(metrics: readonly ShownMetric[]): Html | null {
  const explained = metrics.filter(({ about }) => about !== null);
  if (explained.length === 0) return null;
  return html`<aside class="explain" aria-label="What the metrics are"><dl>
${explained.map(
  (
    metric,
  ) => html`<div><dt>${metric.symbol === metric.name ? null : html`${metric.symbol}: `}${metric.title}</dt>
<dd>${metric.about} ${metric.better === null ? null : html`<strong>${capital(directionText(metric))}.</strong>`}</dd></div>`,
)}
</dl><p class="soft">No training is needed. Values depend on random weights and images: several repeats say more than one.</p></aside>`;
}

/** How pruning decides. @param metrics that choices are ranked by */
export function aboutPruning(metrics: readonly ShownMetric[], edgesToo: boolean, finals: boolean): Html {
  const named = metrics.map(fullTitle).join(' and ');
  return html`<aside class="explain" aria-label="How pruning works"><dl>
<div><dt>Pruning: start with everything, remove what is missed least</dt>
<dd>The search starts from a <em>supernet</em> in which every connection (edge) of a cell carries every operation at once. For each
operation it measures the network without it: how much ${named} change. All operations of a round are ranked
by each of these, and the ranks are added. On each edge the operation with the <strong>lowest rank sum</strong> is cut: the network without
it is better, or loses little. The next round starts from what is left, until ${
    finals ? 'few enough architectures are left to score each by itself' : 'every edge has one operation'
  }.${
    edgesToo ? html` Then whole edges are ranked in the same way, until every node has two inputs.` : null
  }</dd></div>
<div><dt>How close was it?</dt>
<dd>The <em>margin</em> of a decision is the rank sum of the operation that would have gone next, less that of the last one cut. 0 is a tie,
${metrics[0] === undefined ? null : html`decided by ${metrics[0].symbol} alone`}. A decision is called close when the margin is at most a twentieth of the largest possible rank sum: other
random weights or images might have turned it.</dd></div>
</dl></aside>`;
}
