import { embeddedJson, html } from './html.js';
import { facts, LOGO, pageAsset, pageScript, servedHead, styles } from './page.js';

/** A network that a page runs, and the files beside the page. */
export interface ModelPageOptions {
  /** Path of the ONNX file, of the script of onnxruntime-web, and of its WebAssembly, all from the page. */
  readonly model: string;
  readonly runtime: string;
  readonly wasm: string;
  /** Path of this page's own script, which {@link modelPage} returns. */
  readonly script: string;
  /** Size of the images that the network takes. */
  readonly height: number;
  readonly width: number;
  /** Per channel (red, green, blue), in 0..1. */
  readonly mean: readonly number[];
  readonly std: readonly number[];
  /** Names of the classes in the order of the logits. */
  readonly classes: readonly string[];
  readonly trained: boolean;
  /** Names and values, for people. */
  readonly facts: readonly (readonly [label: string, value: string])[];
}

/** Files of a page that runs a network, as text. */
export interface ModelPage {
  readonly html: string;
  readonly script: string;
}

/**
 * A page on which people drop pictures and see what a network says of them, with probabilities and times. It reads
 * nothing but the files beside it, and pictures do not leave the browser. It needs a web server: browsers load neither
 * modules nor WebAssembly from `file://`, and the page says so.
 */
export function modelPage(options: ModelPageOptions): ModelPage {
  const { model, runtime, wasm, script, height, width, mean, std, classes, trained } = options;
  const policy =
    "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; connect-src 'self'; style-src 'unsafe-inline'; " +
    "img-src data:; base-uri 'none'; form-action 'none'";
  const size = `${width}×${height}`;
  const markup =
    html`${servedHead({ title: 'What is in the picture?', policy, style: styles() + pageAsset('model-page.css') })}
<body>
<a class="skip" href="#main">Skip to the content</a>
<div class="wrap">
<header class="masthead"><span class="brand">${LOGO} tenas</span></header>
<main id="main">
<h1>What is in the picture?</h1>
<p class="lead">A network in this page sorts pictures into ${classes.length} classes. Your pictures stay in this browser.</p>
${trained ? null : html`<p class="notice"><strong>This network is untrained.</strong> What it says means nothing yet; times are real.</p>`}
<p class="notice" id="needs-server">The page has not started. Opened as a file, a browser cannot load it: serve its folder, for example with <code>python3 -m http.server --bind 127.0.0.1 8000</code> in it, and open <code>http://127.0.0.1:8000/</code>. It also needs JavaScript.</p>
<div id="tool" hidden>
<label class="zone" id="zone"><strong>Drop pictures here</strong> or click to choose them, or paste one
<input id="choose" type="file" accept="image/*" multiple></label>
<p id="status" class="soft" role="status">Loading the network …</p>
</div>
<section id="found" hidden>
<h2>Pictures</h2>
<p class="soft">The small picture is what the network sees: ${size} pixels, whatever the shape of the picture.</p>
<ol class="results" id="results"></ol>
</section>
<h2>The network</h2>
<div class="card">${facts(options.facts)}</div>
${classes.length > 1000 ? null : html`<details><summary>All classes <span>${classes.length}</span></summary><p>${classes.join(', ')}</p></details>`}
</main>
<footer>Made by tenas. Runs in onnxruntime-web, in WebAssembly on one thread.</footer>
</div>
<script type="application/json" id="config">${embeddedJson({ model, runtime, wasm, height, width, mean, std, classes })}</script>
<script type="module" src="${script}"></script>
</body>
</html>
`.markup;
  return { html: markup, script: pageScript('model-page.mjs') };
}
