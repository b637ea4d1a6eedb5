import { type Html, html, type Part } from './html.js';
import { page, pageAsset, pageScript } from './page.js';

/** A space on the form of {@link searchPage}. */
export interface OfferedSpace {
  readonly name: string;
  readonly title: string;
  /** Names of the strategies that can search it. */
  readonly strategies: readonly string[];
}

/** A strategy on the form. */
export interface OfferedStrategy {
  readonly name: string;
  readonly title: string;
  /** Architectures that it evaluates where nothing else is said; null: that follows from the space. */
  readonly evaluations: number | null;
  /** Names of its metrics where none are chosen. */
  readonly metrics: readonly string[];
  /** Whether its metrics are fixed. */
  readonly ranksByItself: boolean;
}

/** A metric or an aggregate on the form. */
export interface OfferedMetric {
  readonly name: string;
  readonly title: string;
}

/** What a search in a browser can be made of, and the program that does it. */
export interface SearchPageOptions {
  /** The first of each is chosen. */
  readonly spaces: readonly OfferedSpace[];
  readonly strategies: readonly OfferedStrategy[];
  readonly metrics: readonly OfferedMetric[];
  readonly aggregates: readonly OfferedMetric[];
  /** Largest height and width of pictures. */
  readonly largestImage: number;
  /** The script of the worker and the engine's WebAssembly, both compressed by gzip, in base64. */
  readonly worker: string;
  readonly engine: string;
  /** Licences of the parts that come from others. */
  readonly licences: string;
  readonly version: string;
}

/**
 * A page on which a search runs in the browser, on pictures that are dropped on it or on synthetic ones: one file, also to
 * be opened as a file, that asks the network for nothing. Its worker answers the messages of its script.
 */
export function searchPage(options: SearchPageOptions): string {
  const { worker, engine, licences, version } = options;
  return page({
    title: 'Search for a network in this browser',
    body: html`<h1>Search for a network in this browser</h1>
<p class="lead">An architecture search runs on this page, in this browser. Nothing is uploaded, not even your pictures.</p>
<p class="notice" id="not-started">The page has not started. It needs JavaScript.</p>
${formOf(options)}
<p class="status" id="status" role="status" hidden></p>
<section id="running" aria-label="Progress" hidden><progress id="share" max="1" value="0" aria-label="share of the search that is done"></progress><div id="running-part"></div></section>
<section id="found" aria-label="Result" hidden>
<div class="actions"><button type="button" class="button" id="save-network">Download the network (ONNX)</button>
<button type="button" class="button" id="save-record">Download the record (JSON)</button></div>
<p class="soft" id="after">The record is that of <code>tenas search</code>: <code>tenas report</code> draws it, <code>tenas train --record</code> trains the architecture, <code>tenas export --record</code> writes it for PyTorch. The weights of the ONNX file are untrained.</p>
<div id="found-part"></div>
</section>
<script type="text/plain" id="worker">${worker}</script>
<script type="text/plain" id="engine">${engine}</script>`,
    footer: html`Made by tenas ${version}. The engine runs as WebAssembly on one thread.
<details><summary>Licences of the parts that come from others</summary><pre class="licences">${licences}</pre></details>`,
    program: {
      style: pageAsset('model-page.css') + pageAsset('search-page.css'),
      script: pageScript('search-page.mjs'),
      scriptSources: "'wasm-unsafe-eval'",
      directives: 'worker-src blob:; img-src data:',
    },
  });
}

function formOf({ spaces, strategies, metrics, aggregates, largestImage }: SearchPageOptions): Html {
  return html`<form id="form" hidden>
<fieldset><legend>Where to search</legend>
<label>Space <select name="space">${spaces.map(
    ({ name, title, strategies: fitting }) =>
      html`<option value="${name}" data-strategies="${fitting.join(' ')}">${title}</option>`,
  )}</select></label>
<label>Strategy <select name="strategy">${strategies.map(
    ({ name, title, evaluations, metrics: own, ranksByItself }) =>
      html`<option value="${name}" data-evaluations="${evaluations}" data-metrics="${own.join(' ')}" data-fixed="${ranksByItself ? 'yes' : 'no'}" data-title="${title}">${name}</option>`,
  )}</select></label>
<label>Architectures to score <input name="evaluations" type="number" inputmode="numeric" min="1" max="1000000" step="1" required></label>
<label>Seed <input name="seed" type="number" inputmode="numeric" min="0" max="9007199254740991" step="1" value="0" required></label>
<p class="soft wide" id="strategy-note"></p>
</fieldset>
<fieldset id="metrics"><legend>What to rank by</legend>
<p class="soft wide">Networks are not trained: metrics look at them with random weights. <span id="metrics-note"></span></p>
<details class="wide"><summary>Choose metrics <span id="chosen-metrics"></span></summary>
<h3>Several at once</h3>${choices(aggregates)}
<h3>One by one</h3>${choices(metrics)}</details>
</fieldset>
<fieldset><legend>Pictures</legend>
<label class="choice wide"><input type="radio" name="images" value="synthetic" checked> Synthetic ones: enough to see how networks pass signals on</label>
<label class="choice wide"><input type="radio" name="images" value="pictures"> My own: best are some hundreds, in one folder per class</label>
<label>Height and width in pixels <input name="side" type="number" inputmode="numeric" min="8" max="${largestImage}" step="1" value="32" required></label>
<div class="wide" id="own" hidden>
<label class="zone" id="zone"><strong>Drop pictures or a folder here</strong> or click to choose pictures
<input id="choose" type="file" accept="image/*" multiple></label>
<p><label class="button file">Choose a folder <input id="choose-folder" type="file" webkitdirectory multiple></label></p>
<p class="soft" id="pictures-note" role="status">No pictures yet.</p>
</div>
</fieldset>
<div class="actions"><button type="submit" class="button primary" id="start">Start the search</button>
<button type="button" class="button" id="stop" hidden>Stop</button></div>
</form>`;
}

function choices(offered: readonly OfferedMetric[]): Part {
  return html`<ul class="metric-list">${offered.map(
    ({ name, title }) =>
      html`<li><label class="choice"><input type="checkbox" name="metrics" value="${name}"> <span><code>${name}</code> ${title}</span></label></li>`,
  )}</ul>`;
}
