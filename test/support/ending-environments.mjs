// Evaluations and trainings whose environment ends under them. Run as a process of its own, which a mistake would crash:
//   node ending-environments.mjs SCENARIO TASK SEED REPETITIONS
// Workers run this file too, with what to do as their data.
import { createRequire } from 'node:module';
import { setTimeout as sleep } from 'node:timers/promises';
import { isMainThread, parentPort, Worker, workerData } from 'node:worker_threads';
import { GraphBuilder } from '@tenas/graph';

const GRADIENT = { kind: 'gradient', of: ['parameters', 'input'], reduce: 'values' };
const TASKS = {
  forward: { tasks: [{ kind: 'forward', statistics: 'batch' }] },
  'ntk batch': { tasks: [{ kind: 'ntk', mode: 'batch' }] },
  'ntk sample': { tasks: [{ kind: 'ntk', mode: 'sample' }] },
  regions: { tasks: [{ kind: 'regions', batches: 1 }] },
  codes: { tasks: [{ kind: 'codes' }] },
  features: { tasks: [{ kind: 'features', nodes: [1, 2] }] },
  gradient: { tasks: [{ ...GRADIENT, loss: { kind: 'sum' }, statistics: 'batch' }] },
  reference: { tasks: [{ kind: 'ntk', mode: 'sample' }], engine: 'reference' },
};
const BATCH = 8;

/** Milliseconds up to which an environment lives on after its evaluations began. */
const LONGEST_LIFE = 30;

function graph() {
  const b = new GraphBuilder();
  let x = b.input([3, 8, 8]);
  for (const name of ['first', 'second']) {
    x = b.conv2d(b.relu(x), { name, outChannels: 4, kernel: 3, padding: 1 });
    x = b.batchNorm(x, { name: `${name}.norm` });
  }
  x = b.mix([{ input: x, slot: b.slot('slot') }]);
  return b.build(b.linear(b.globalAvgPool(b.relu(x)), { name: 'classifier', outFeatures: 4 }));
}

/** An evaluation of so many candidates: one ends at once, thousands outlive any environment here. */
async function evaluate(task, candidates) {
  const { Program } = await import('@tenas/native');
  const program = Program.compile(graph());
  const inputs = new Float32Array(program.inputValues * BATCH).map((_, i) => Math.sin(i));
  const weights = { kind: 'seeded', seed: 1, repeat: 0, init: 'pytorch' };
  if (task === 'training') {
    const trainer = program.trainer({ weights, optimiser: { kind: 'sgd' }, threads: 2 });
    const batch = { images: inputs, labels: new Int32Array(BATCH), learningRate: 0.01 };
    const steps = [];
    for (let t = 0; t < candidates; t++) {
      trainer.snapshot().catch(() => {}); // the step waits for it
      steps.push(await trainer.step(batch));
    }
    return { evaluations: steps };
  }
  return program.evaluate({
    ...TASKS[task],
    batchSize: BATCH,
    threads: 2,
    repeats: [{ inputs, weights }],
    candidates: Array.from({ length: candidates }, () => Float64Array.of(1)),
    onProgress: () => {},
  });
}

/** Loads the addon once more, as code that empties the cache of modules does. */
async function loadAgain() {
  await import('@tenas/native');
  const require = createRequire(import.meta.url);
  const loaded = Object.keys(require.cache).filter((path) => path.endsWith('.node'));
  for (const path of loaded) {
    delete require.cache[path];
    require(path);
  }
}

/** Many long evaluations at once, or ever new short ones, so that the end meets one that is being answered. */
async function evaluateFor(task, length) {
  if (length === 'long') {
    for (let i = 0; i < 3; i++) evaluate(task, 20_000).catch(() => {});
    await sleep(0);
    return;
  }
  const forever = async () => {
    for (;;) await evaluate(task, 1);
  };
  forever();
}

async function work({ task, length, twice, exitAfter }) {
  if (twice) await loadAgain();
  await evaluateFor(task, length);
  parentPort.postMessage('started');
  if (exitAfter !== undefined) setTimeout(() => process.exit(0), exitAfter);
}

function started(worker) {
  return new Promise((resolve, reject) => {
    worker.once('message', resolve);
    worker.once('error', reject);
  });
}

function ended(worker) {
  return new Promise((resolve) => {
    worker.once('exit', resolve);
  });
}

async function run([scenario, task, seed, repetitions]) {
  let state = Number(seed) >>> 0;
  const random = () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 2 ** 32;
  };
  const moment = () => Math.floor(random() * LONGEST_LIFE);
  const length = () => (random() < 0.5 ? 'long' : 'short');
  const start = (data) =>
    new Worker(new URL(import.meta.url), { workerData: { task, length: length(), ...data } });

  if (scenario === 'process exit') {
    // The main thread and a worker are busy; the test looks at the code.
    const worker = start({});
    await Promise.all([evaluateFor(task, length()), started(worker)]);
    await sleep(moment());
    process.exit(7);
  }
  for (let i = 0; i < Number(repetitions); i++) {
    if (scenario === 'terminate') {
      const worker = start({});
      await started(worker);
      await sleep(moment());
      await worker.terminate();
    } else if (scenario === 'exit') {
      const worker = start({ exitAfter: moment() });
      await ended(worker);
    } else if (scenario === 'several') {
      const workers = [start({}), start({ exitAfter: moment() }), start({ twice: true })];
      const ends = workers.map(ended);
      await Promise.all(workers.map(started));
      await sleep(moment());
      for (const worker of workers) worker.terminate();
      await Promise.all(ends);
    } else {
      throw new Error(`unknown scenario '${scenario}'`);
    }
  }
  // The engine still works, also where only workers had loaded it before.
  const { evaluations } = await evaluate(task, 5);
  console.log(`${evaluations.length} evaluations`);
}

if (isMainThread) await run(process.argv.slice(2));
else await work(workerData);
