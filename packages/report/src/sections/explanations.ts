import { type Html, html } from '../html.js';

/** What the two numbers are, for readers who have not read the paper. */
export function aboutMetrics(): Html {
  return html`<aside class="explain" aria-label="What κ and R are"><dl>
<div><dt>κ (kappa): how evenly a network can learn</dt>
<dd>The untrained network is asked how its answers on a batch of images would move under one small step of training. If all
directions are about equally easy, κ is small and training goes smoothly; if some are thousands of times easier than others, κ is large and
training stalls. It is the largest over the smallest eigenvalue of the neural tangent kernel. <strong>Lower is better.</strong></dd></div>
<div><dt>R: how finely a network can tell inputs apart</dt>
<dd>A network of ReLUs is a patchwork of flat pieces. R counts how many different pieces a few thousand random inputs fall into: more
pieces, more complicated functions it can express. <strong>Higher is better.</strong></dd></div>
</dl><p class="soft">Neither needs training or labels. Both depend on random weights and images, so each is measured several times.</p></aside>`;
}

/** How the search decides. */
export function aboutPruning(edgesToo: boolean): Html {
  return html`<aside class="explain" aria-label="How pruning works"><dl>
<div><dt>Pruning: start with everything, remove what is missed least</dt>
<dd>The search starts from a <em>supernet</em> in which every connection (edge) of a cell carries every operation at once. For each
operation it measures the network without it: how far κ falls, and how many regions are lost. All operations of a round are ranked
by both; the two ranks are added. On each edge the operation with the <strong>lowest rank sum</strong> is cut: without it the network is easier to
train and loses little. The next round starts from what is left, until every edge has one operation.${
    edgesToo ? html` Then whole edges are ranked in the same way, until every node has two inputs.` : null
  }</dd></div>
<div><dt>How close was it?</dt>
<dd>The <em>margin</em> of a decision is the rank sum of the operation that would have gone next, less that of the last one cut. 0 is a tie, decided
by κ alone. A decision is called close when the margin is at most a twentieth of the largest possible rank sum: other
random weights or images might have turned it.</dd></div>
</dl></aside>`;
}
