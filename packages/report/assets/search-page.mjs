// The script of a page on which a search runs: the form, the pictures, and the worker that searches. It asks the network
// for nothing: worker and engine are in the page.

import { whenDropped } from './drop-zone.mjs';
import { element } from './elements.mjs';
import { dropped, folderOf, isPicture, KINDS, planesOf } from './picture-files.mjs';

/** Most pictures that are taken; a search looks at some hundreds. */
const MOST_PICTURES = 2000;
/** A module with an instruction of 128 bits, and one with an exception. */
const NEEDED = {
  SIMD: [
    0, 97, 115, 109, 1, 0, 0, 0, 1, 5, 1, 96, 0, 1, 123, 3, 2, 1, 0, 10, 10, 1, 8, 0, 65, 0, 253, 15, 253, 98,
    11,
  ],
  exceptions: [0, 97, 115, 109, 1, 0, 0, 0, 1, 4, 1, 96, 0, 0, 3, 2, 1, 0, 10, 8, 1, 6, 0, 6, 64, 25, 11, 11],
};

const form = /** @type {HTMLFormElement} */ (element('form'));
const start = /** @type {HTMLButtonElement} */ (element('start'));
const stop = /** @type {HTMLButtonElement} */ (element('stop'));
const saveNetwork = /** @type {HTMLButtonElement} */ (element('save-network'));
const saveRecord = /** @type {HTMLButtonElement} */ (element('save-record'));
const status = element('status');
const share = /** @type {HTMLProgressElement} */ (element('share'));
const field = (/** @type {string} */ name) =>
  /** @type {HTMLInputElement | HTMLSelectElement} */ (form.elements.namedItem(name));

/** @typedef {import('./picture-files.mjs').Found} Found */
/** @typedef {{ name: string, content: string | Uint8Array<ArrayBuffer> }} OfferedFile */

/** @type {Found[]} */
let found = [];
/** Pictures by the size that they were read at. @type {{ side: number, wish: object } | null} */
let read = null;
/** @type {Worker | null} */
let worker = null;
/** @type {OfferedFile | null} */
let record = null;
/** @type {'idle' | 'reading' | 'searching' | 'stopping'} */
let state = 'idle';

/** @param {string} text @param {boolean} failed */
function say(text, failed = false) {
  status.hidden = text === '';
  status.classList.toggle('failed', failed);
  if (status.textContent !== text) status.textContent = text;
}

/** @param {'idle' | 'reading' | 'searching' | 'stopping'} now */
function become(now) {
  state = now;
  const idle = now === 'idle';
  for (const set of form.querySelectorAll('fieldset')) set.disabled = !idle;
  start.hidden = !idle;
  stop.hidden = idle;
  stop.textContent = now === 'stopping' ? 'Stop at once: what was measured is lost' : 'Stop';
  if (idle) showForm();
}

/** @param {string} id @param {string} markup made by the worker, which escapes what comes from outside */
function show(id, markup) {
  const part = element(id);
  part.innerHTML = markup;
  part.dispatchEvent(new CustomEvent('shown', { bubbles: true }));
}

/** @param {OfferedFile} file */
function save({ name, content }) {
  const link = document.createElement('a');
  const type = typeof content === 'string' ? 'application/json' : 'application/octet-stream';
  link.href = URL.createObjectURL(new Blob([content], { type }));
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 60_000);
}

/** A part of the page that is compressed by gzip, in base64. @param {string} id @returns {Promise<Uint8Array<ArrayBuffer>>} */
async function unpacked(id) {
  const bytes = Uint8Array.from(atob(element(id).textContent ?? ''), (letter) => letter.charCodeAt(0));
  const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream('gzip'));
  return new Uint8Array(await new Response(stream).arrayBuffer());
}

/** The reason why this browser cannot run the engine; null: it can. */
function lack() {
  if (typeof WebAssembly === 'undefined') return 'WebAssembly, which may be switched off';
  if (typeof DecompressionStream === 'undefined') return 'DecompressionStream';
  const missing = Object.entries(NEEDED).find(([, bytes]) => !WebAssembly.validate(Uint8Array.from(bytes)));
  return missing === undefined ? null : `WebAssembly with ${missing[0]}`;
}

/** A worker that has the engine. It is made anew after one that was ended. */
async function engine() {
  if (worker !== null) return worker;
  const script = URL.createObjectURL(new Blob([await unpacked('worker')], { type: 'text/javascript' }));
  const made = new Worker(script);
  const bytes = await unpacked('engine');
  await new Promise((ready, failed) => {
    made.onmessage = ({ data }) => {
      if (data.kind === 'ready') ready(null);
      else failed(new Error(data.message));
    };
    made.onerror = (event) => failed(new Error(event.message || 'the worker does not start'));
    made.postMessage({ kind: 'engine', bytes }, [bytes.buffer]);
  });
  URL.revokeObjectURL(script);
  made.onmessage = ({ data }) => heard(data);
  made.onerror = (event) => {
    event.preventDefault();
    end();
    become('idle');
    say(
      `The search failed: ${event.message || 'the browser ended its worker, maybe for want of memory'}.`,
      true,
    );
  };
  worker = made;
  return made;
}

/** Ends the worker with all that it knows. */
function end() {
  worker?.terminate();
  worker = null;
  saveNetwork.disabled = true;
}

/** @param {any} message of the worker */
function heard(message) {
  switch (message.kind) {
    case 'progress':
      if (state === 'stopping') return;
      say(message.status);
      share.value = message.share;
      if (message.markup !== null) show('running-part', message.markup);
      return;
    case 'found':
      element('running').hidden = true;
      show('running-part', '');
      record = message.record;
      saveNetwork.disabled = !message.hasNetwork;
      element('found').hidden = false;
      show('found-part', message.markup);
      become('idle');
      say(message.status, message.failed);
      return;
    case 'network':
      saveNetwork.disabled = false;
      save(message.file);
      say(`${message.file.name} is ready.`);
      return;
    case 'failed':
      element('running').hidden = true;
      become('idle');
      say(message.message, true);
      return;
  }
}

/** Shows what follows from the choices of the form. */
function showForm() {
  const space = /** @type {HTMLSelectElement} */ (field('space'));
  const strategy = /** @type {HTMLSelectElement} */ (field('strategy'));
  const fitting = (space.selectedOptions[0]?.dataset.strategies ?? '').split(' ');
  for (const option of strategy.options) option.disabled = !fitting.includes(option.value);
  if (strategy.selectedOptions[0]?.disabled) {
    strategy.value = [...strategy.options].find((option) => !option.disabled)?.value ?? '';
  }
  const {
    evaluations = '',
    metrics = '',
    fixed = '',
    title = '',
  } = strategy.selectedOptions[0]?.dataset ?? {};
  const count = /** @type {HTMLInputElement} */ (field('evaluations'));
  if (count.dataset.of !== strategy.value) count.value = evaluations;
  count.dataset.of = strategy.value;
  count.disabled = evaluations === '';
  const cost =
    evaluations === ''
      ? 'It decides by itself how many architectures it scores: minutes in a small space, hours in a large one.'
      : 'The time left is shown while it runs.';
  element('strategy-note').textContent = `${strategy.value}: ${title}. ${cost}`;
  const chosen = chosenMetrics();
  element('chosen-metrics').textContent =
    chosen.length === 0 ? metrics.split(' ').join(', ') : chosen.join(', ');
  element('metrics-note').textContent =
    fixed === 'yes'
      ? 'This strategy ranks by its own; metrics that you choose are measured on the found architecture.'
      : 'Several are ranked together.';
  const own = field('images').value === 'pictures';
  element('own').hidden = !own;
}

function chosenMetrics() {
  return [...form.querySelectorAll('input[name="metrics"]:checked')].map(
    (box) => /** @type {HTMLInputElement} */ (box).value,
  );
}

/** Takes pictures in place of those before. @param {Found[]} given */
function take(given) {
  const pictures = given.filter(({ file }) => isPicture(file));
  const others = given.length - pictures.length;
  const note = element('pictures-note');
  if (pictures.length === 0) {
    note.textContent = `${given.length === 0 ? 'No file came' : `None of ${given.length === 1 ? 'this file' : `these ${given.length} files`} is a picture`}: take ${KINDS}.`;
    return;
  }
  pictures.sort((a, b) => (`${a.folder}/${a.file.name}` < `${b.folder}/${b.file.name}` ? -1 : 1));
  const every = Math.max(1, pictures.length / MOST_PICTURES);
  found = Array.from(
    { length: Math.min(pictures.length, MOST_PICTURES) },
    (_, place) => /** @type {Found} */ (pictures[Math.floor(place * every)]),
  );
  read = null;
  const classes = new Set(found.map(({ folder }) => folder)).size;
  note.textContent = [
    `${pictures.length} ${pictures.length === 1 ? 'picture' : 'pictures'}${classes > 1 ? ` in ${classes} classes, one per folder` : ', without classes'}.`,
    ...(pictures.length > MOST_PICTURES
      ? [`Every ${every.toFixed(1)}th of them is taken, ${MOST_PICTURES} in all.`]
      : []),
    ...(others > 0 ? [`${others} other ${others === 1 ? 'file is' : 'files are'} left out.`] : []),
  ].join(' ');
}

/** The pictures as the worker takes them. @param {number} side */
async function readPictures(side) {
  if (read?.side === side) return read.wish;
  const pictures = [];
  const folders = [];
  const bad = [];
  for (const [place, { file, folder }] of found.entries()) {
    if (state !== 'reading') return null;
    say(`Reading picture ${place + 1} of ${found.length}`);
    try {
      pictures.push(await planesOf(file, side));
      folders.push(folder);
    } catch {
      bad.push(file.name);
    }
  }
  if (pictures.length === 0) throw new Error('this browser can read none of the pictures');
  if (bad.length > 0) {
    const names = `${bad.slice(0, 3).join(', ')}${bad.length > 3 ? ', …' : ''}`;
    element('pictures-note').textContent =
      `${pictures.length} pictures were read; ${bad.length} could not be: ${names}.`;
  }
  const names = [...new Set(folders)].sort();
  const classes = names.length < 2 ? null : { names, labels: folders.map((folder) => names.indexOf(folder)) };
  read = { side, wish: { kind: 'pictures', side, pictures, classes, skipped: bad.length } };
  return read.wish;
}

async function search() {
  const side = Number(field('side').value);
  const own = field('images').value === 'pictures';
  if (own && found.length === 0) {
    say('Choose pictures first, or take synthetic ones.', true);
    element('choose').focus();
    return;
  }
  const evaluations = /** @type {HTMLInputElement} */ (field('evaluations'));
  const wish = {
    space: field('space').value,
    strategy: field('strategy').value,
    metrics: chosenMetrics(),
    seed: Number(field('seed').value),
    evaluations: evaluations.disabled ? null : Number(evaluations.value),
  };
  become('reading');
  element('found').hidden = true;
  show('found-part', '');
  record = null;
  say('The search begins');
  try {
    const images = own ? await readPictures(side) : { kind: 'synthetic', side };
    const made = await engine();
    if (images === null || state !== 'reading') {
      become('idle');
      say('Stopped before the search began.');
      return;
    }
    become('searching');
    share.value = 0;
    element('running').hidden = false;
    made.postMessage({ kind: 'search', wish: { ...wish, images } });
  } catch (error) {
    become('idle');
    say(`The search cannot begin: ${error instanceof Error ? error.message : error}.`, true);
  }
}

form.addEventListener('submit', (event) => {
  event.preventDefault();
  void search();
});
form.addEventListener('input', showForm);
stop.addEventListener('click', () => {
  if (state === 'searching') {
    become('stopping');
    say('Stopping after the evaluation that runs');
    worker?.postMessage({ kind: 'stop' });
    return;
  }
  const ended = state === 'stopping';
  if (ended) {
    end();
    element('running').hidden = true;
  }
  become('idle');
  say(ended ? 'Stopped; what was measured is lost.' : 'Stopped before the search began.');
});
saveRecord.addEventListener('click', () => {
  if (record !== null) save(record);
});
saveNetwork.addEventListener('click', () => {
  saveNetwork.disabled = true;
  say('Writing the network');
  worker?.postMessage({ kind: 'network' });
});
for (const id of ['choose', 'choose-folder']) {
  const input = /** @type {HTMLInputElement} */ (element(id));
  input.addEventListener('change', () => {
    take([...(input.files ?? [])].map((file) => ({ file, folder: folderOf(file.webkitRelativePath) })));
    // The same files can be chosen again.
    input.value = '';
  });
}
whenDropped(element('zone'), async (data) => {
  if (state !== 'idle' || data === null) return;
  try {
    const given = await dropped(data);
    /** @type {HTMLInputElement} */ (form.querySelector('input[value="pictures"]')).checked = true;
    take(given);
    showForm();
  } catch (error) {
    say(`What was dropped cannot be read: ${error instanceof Error ? error.message : error}.`, true);
  }
});

const missing = lack();
if (missing === null) {
  element('not-started').hidden = true;
  form.hidden = false;
  showForm();
} else {
  element('not-started').textContent =
    `This browser lacks ${missing}, which the search needs. Browsers since 2023 have it: Chrome 95, Firefox 113, Safari 16.4 or later.`;
}
// A search is lost with its page.
addEventListener('beforeunload', (event) => {
  if (state === 'searching') event.preventDefault();
});
