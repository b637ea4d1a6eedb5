// The script of a page that runs a network: pictures in, classes with probabilities and times out. It asks for nothing
// but the files beside the page.

import { whenDropped } from './drop-zone.mjs';
import { element, make } from './elements.mjs';
import { blackCanvas, decoded, pixelsOf, resized } from './picture-pixels.mjs';

/**
 * @typedef {object} Config
 * @property {string} model path of the ONNX file
 * @property {string} runtime path of onnxruntime-web
 * @property {string} wasm path of its WebAssembly
 * @property {number} height
 * @property {number} width
 * @property {number[]} mean per channel, in 0..1
 * @property {number[]} std
 * @property {string[]} classes
 */

/** @typedef {{ pixels: Uint8ClampedArray, thumbnail: HTMLCanvasElement }} Picture RGB rows, [height, width, 3] */

/** Classes that are shown of each picture. */
const SHOWN = 5;
/** Pictures of more pixels are first shrunk by the browser. */
const MOST_PIXELS = 40_000_000;
const THUMBNAIL = 144;

/** @type {Config} */
const config = JSON.parse(element('config').textContent ?? '');
const status = element('status');
const results = element('results');

/** @param {File} file @returns {Promise<Picture>} */
async function read(file) {
  const bitmap = await decoded(file, MOST_PIXELS);
  const { width, height } = bitmap;
  const whole = pixelsOf(bitmap);
  const fit = Math.min(THUMBNAIL / width, THUMBNAIL / height);
  const small = blackCanvas(Math.max(1, Math.round(width * fit)), Math.max(1, Math.round(height * fit)));
  small.context.imageSmoothingEnabled = fit < 1;
  small.context.imageSmoothingQuality = 'high';
  small.context.drawImage(bitmap, 0, 0, small.canvas.width, small.canvas.height);
  bitmap.close();
  return { pixels: resized(whole, config), thumbnail: small.canvas };
}

/** @param {Uint8ClampedArray} pixels @returns {Float32Array} [3, height, width], normalised */
function normalised(pixels) {
  const plane = config.height * config.width;
  return Float32Array.from({ length: 3 * plane }, (_, index) => {
    const channel = Math.floor(index / plane);
    const value = /** @type {number} */ (pixels[3 * (index % plane) + channel]) / 255;
    return (
      (value - /** @type {number} */ (config.mean[channel])) / /** @type {number} */ (config.std[channel])
    );
  });
}

/** @param {Float32Array} logits */
function softmax(logits) {
  const largest = logits.reduce((most, value) => Math.max(most, value), Number.NEGATIVE_INFINITY);
  const powers = Array.from(logits, (value) => Math.exp(value - largest));
  const sum = powers.reduce((total, value) => total + value, 0);
  return powers.map((value) => value / sum);
}

/** @param {Uint8ClampedArray} pixels the network's input, as a picture */
function asSeen(pixels) {
  const { canvas, context } = blackCanvas(config.width, config.height);
  const image = context.createImageData(config.width, config.height);
  for (let place = 0; place < config.width * config.height; place++) {
    image.data.set([...pixels.subarray(3 * place, 3 * place + 3), 255], 4 * place);
  }
  context.putImageData(image, 0, 0);
  canvas.className = 'seen';
  return canvas;
}

/** @param {HTMLCanvasElement} canvas @param {string} label */
function picture(canvas, label) {
  canvas.setAttribute('role', 'img');
  canvas.setAttribute('aria-label', label);
  return canvas;
}

/** @param {number} share */
const percent = (share) => `${(100 * share).toFixed(1)} %`;

/** @param {number} milliseconds */
const time = (milliseconds) => `${milliseconds < 10 ? milliseconds.toFixed(1) : Math.round(milliseconds)} ms`;

/** @param {string} name @param {number} share */
function classRow(name, share) {
  const bar = make('span', 'bar');
  bar.style.width = `${100 * share}%`;
  const track = make('span', 'track', bar);
  track.setAttribute('aria-hidden', 'true');
  const row = make('li', '', make('span', 'name', name), make('span', 'share', percent(share)), track);
  row.dataset.probability = String(share);
  return row;
}

/** @param {string} name @param {Picture} given @param {Float32Array} logits @param {string} times */
function show(name, { pixels, thumbnail }, logits, times) {
  const found = softmax(logits)
    .map((share, index) => ({ share, name: config.classes[index] ?? `class ${index}` }))
    .sort((a, b) => b.share - a.share)
    .slice(0, SHOWN);
  const pictures = make(
    'div',
    'pictures',
    picture(thumbnail, name),
    picture(asSeen(pixels), `${name} as the network sees it`),
  );
  const list = make('ol', 'classes', ...found.map((one) => classRow(one.name, one.share)));
  add(make('li', 'card', pictures, make('h3', '', name), list, make('p', 'soft', times)));
  const [best] = found;
  return best === undefined ? name : `${name}: ${best.name}, ${percent(best.share)}`;
}

/** The newest comes first. @param {HTMLElement} card */
function add(card) {
  results.prepend(card);
  element('found').hidden = false;
}

/** Loads the runtime and the network. @returns {Promise<(input: Float32Array) => Promise<Float32Array>>} */
async function load() {
  const ort = await import(new URL(config.runtime, document.baseURI).href);
  // Threads need headers that a plain server does not send.
  ort.env.wasm.numThreads = 1;
  ort.env.wasm.wasmPaths = { wasm: new URL(config.wasm, document.baseURI).href };
  ort.env.logLevel = 'error';
  const session = await ort.InferenceSession.create(new URL(config.model, document.baseURI).href, {
    executionProviders: ['wasm'],
  });
  const [input] = session.inputNames;
  const [output] = session.outputNames;
  const run = async (/** @type {Float32Array} */ values) => {
    const tensor = new ort.Tensor('float32', values, [1, 3, config.height, config.width]);
    return (await session.run({ [input]: tensor }))[output].data;
  };
  // The first run also sets up memory: its time would be no picture's.
  await run(new Float32Array(3 * config.height * config.width));
  return run;
}

const loading = load();

/** @param {File} file @returns {Promise<string>} the line for the status */
async function classify(file) {
  const run = await loading;
  const start = performance.now();
  let given;
  try {
    given = await read(file);
  } catch {
    add(
      make(
        'li',
        'card',
        make('h3', '', file.name),
        make('p', 'notice', 'is no picture that this browser can read.'),
      ),
    );
    return `${file.name} is no picture that this browser can read.`;
  }
  const input = normalised(given.pixels);
  const ready = performance.now();
  const logits = await run(input);
  const end = performance.now();
  return show(
    file.name,
    given,
    logits,
    `${time(end - ready)} in the network, ${time(ready - start)} to read the picture`,
  );
}

/** Pictures are classified one after the other. */
let queue = Promise.resolve();

/** @param {Iterable<File>} files */
function take(files) {
  for (const file of files) {
    queue = queue.then(async () => {
      try {
        status.textContent = await classify(file);
      } catch (error) {
        status.textContent = `${file.name}: the network failed: ${error instanceof Error ? error.message : error}`;
      }
    });
  }
}

element('needs-server').hidden = true;
element('tool').hidden = false;
const choose = /** @type {HTMLInputElement} */ (element('choose'));
choose.addEventListener('change', () => {
  take([...(choose.files ?? [])]);
  // The same picture can be chosen again.
  choose.value = '';
});
whenDropped(element('zone'), (data) => {
  take([...(data?.files ?? [])]);
});
addEventListener('paste', (event) => take([...(event.clipboardData?.files ?? [])]));

try {
  const start = performance.now();
  await loading;
  status.textContent = `Ready: the network was loaded in ${time(performance.now() - start)}.`;
} catch (error) {
  const reason = error instanceof Error ? error.message : String(error);
  status.textContent = `The network cannot be loaded: ${reason}. Are all files of the folder there?`;
}
