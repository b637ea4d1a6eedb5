import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { compileSubject, type Subject, tasksSubject } from '@tenas/cli';
import { chooseMetrics, isTraining, listMetrics, type TrainingMetric } from '@tenas/metrics';
import { learningRateAt, type Program, type Repeat, sideBySide } from '@tenas/native';
import { nasBench201, QUICK_RECIPE } from '@tenas/spaces';
import { row } from './bench-context.js';
import { givenRepeat, writeRepeat } from './metric-evaluation.js';
import { factsOf, milliseconds, RATIOS, threadCounts } from './metric-speed.js';
import { SPEED_NETWORKS } from './metric-speed-cases.js';
import type { PeerProcess } from './peer-process.js';
import { type PeerContext, SETTLE_MILLISECONDS } from './peer-run.js';
import type { Row } from './result.js';
import { FOUND_CELL } from './training-cases.js';

/** The name by which `--only` chooses the metrics that train. */
export const TRAINING_METRICS = 'metrics-training';

/** How far our value may be from the peer's in double precision, which drift apart step by step. */
const TOLERANCE = 0.05;

/** Settings of single metrics that the peer knows alone. */
const PINNED: Readonly<Record<string, object>> = { tse: { variant: 'sum' } };

/** A metric that trains a network, on both sides by steps that all see the same images. */
export interface TrainingSpeedCase {
  readonly label: string;
  readonly metric: TrainingMetric;
  /** Complete. */
  readonly settings: { readonly epochs: number; readonly rate: number };
  /** Two batches: one to train on, one to classify. */
  readonly subject: Subject;
  /** Arguments of the peer's `Network`. */
  readonly net: object;
}

/** Every metric that trains, with `steps` steps of `images` images. */
export function trainingSpeedCases(
  options: { readonly steps?: number; readonly images?: number; readonly side?: number } = {},
): TrainingSpeedCase[] {
  const { steps = 16, images = 64, side = 32 } = options;
  const architecture = nasBench201.parse(FOUND_CELL);
  const { size } = SPEED_NETWORKS.small;
  const graph = nasBench201.network(architecture, { ...size, inputShape: [3, side, side] });
  const tasks = [{ kind: 'forward', statistics: 'batch' }] as const;
  return listMetrics()
    .filter(isTraining)
    .map((metric) => {
      const given = { epochs: steps, images, batchSize: images, rate: 0.1, ...PINNED[metric.name] };
      const { settings } = chooseMetrics([{ metric, settings: given }])[0]!;
      const { rate } = metric.training(settings);
      return {
        label: `${metric.name} (${steps} steps)`,
        metric,
        settings: { ...settings, epochs: steps, rate },
        subject: {
          ...tasksSubject(graph, { tasks, batchSize: images }),
          ...{ batches: 2, classes: 10, init: 'pytorch' as const },
        },
        net: { kind: nasBench201.name, ...size, classes: 10, ops: architecture.ops },
      };
    });
}

/** Trains the network of a repeat. @returns the metric's value */
export async function trainedValue(
  { metric, settings, subject }: TrainingSpeedCase,
  program: Program,
  { inputs, labels, weights }: Repeat,
  engine?: 'reference',
): Promise<number> {
  const { sgd, clip } = QUICK_RECIPE;
  const { momentum, nesterov, weightDecay } = sgd;
  await using trainer = program.trainer({
    ...{ weights, clip, engine, threads: 1 },
    optimiser: { kind: 'sgd', momentum, nesterov, weightDecay },
  });
  const [training, validation] = [0, 1].map((batch) => ({
    images: inputs.subarray((batch * inputs.length) / 2, ((batch + 1) * inputs.length) / 2),
    labels: labels!.subarray(batch * subject.batchSize, (batch + 1) * subject.batchSize),
  }));
  const losses: number[] = [];
  const { epochs, rate } = settings;
  for (let step = 0; step < epochs; step++) {
    const learningRate = learningRateAt({ rate, shape: { kind: 'cosine' } }, step, epochs);
    losses.push((await trainer.step({ ...training!, learningRate })).loss);
  }
  const classified = metric.training(settings).validation > 0 ? await trainer.evaluate(validation!) : null;
  const accuracy = classified === null ? null : classified.correct / subject.batchSize;
  const value = metric.learned({ settings, losses, accuracy });
  if (typeof value !== 'number') throw new Error(`${metric.name}: no value: ${value.failure}`);
  return value;
}

/** Asks the peer for a value on what a file holds. */
export async function askTraining(
  { metric, settings, net, label }: TrainingSpeedCase,
  options: {
    readonly peer: PeerProcess;
    readonly file: string;
    readonly double: boolean;
    readonly threads: number;
  },
): Promise<{ readonly value: number; readonly seconds: number }> {
  const { peer, file, double, threads } = options;
  const loaded = await peer.ask({ op: 'load', net, file, double });
  const {
    value,
    seconds,
    error = loaded.error,
  } = await peer.ask({
    ...{ op: 'metric', name: metric.name, settings, threads, times: 1 },
  });
  if (typeof value !== 'number' || seconds === undefined) throw new Error(`${label}: the peer: ${error}`);
  return { value, seconds };
}

/** Times of the metrics that train, in turn with the peer: ours train as many networks side by side as there are threads. */
export async function runTrainingSpeed(context: PeerContext): Promise<Row[]> {
  const { session, peer, folder, seeds } = context;
  const { repetitions } = session.options;
  const file = join(folder, 'for-peer.safetensors');
  const rows: Row[] = [];
  for (const one of trainingSpeedCases()) {
    session.say(`  ${one.label}`);
    using program = compileSubject(one.subject);
    const fresh = () => givenRepeat(program, one.subject, seeds.next());
    const checked = fresh();
    writeRepeat(file, one.subject, checked, []);
    const ours = await trainedValue(one, program, checked);
    const { value } = await askTraining(one, { peer, file, double: true, threads: 1 });
    if (!(Math.abs(ours - value) <= TOLERANCE * Math.abs(value))) {
      session.fail(`${one.label}: ${ours} deviates from the peer's ${value}`);
    }
    for (const threads of threadCounts(session.options.threads)) {
      const [own, theirs]: [number[], number[]] = [[], []];
      for (let repetition = 0; repetition < repetitions; repetition++) {
        const repeats = Array.from({ length: threads }, fresh);
        await delay(SETTLE_MILLISECONDS);
        const start = performance.now();
        await sideBySide(repeats, threads, (repeat) => trainedValue(one, program, repeat));
        own.push((performance.now() - start) / 1000 / threads);
        writeRepeat(file, one.subject, repeats[0]!, []);
        await delay(SETTLE_MILLISECONDS);
        theirs.push((await askTraining(one, { peer, file, double: false, threads })).seconds);
      }
      const facts = factsOf({ network: 'small', threads, what: one.label });
      rows.push(
        row(facts('ours'), milliseconds(own)),
        row(facts('torch'), milliseconds(theirs)),
        row(
          { ...facts('ratio'), ...RATIOS.small },
          theirs.map((seconds, index) => seconds / own[index]!),
        ),
      );
    }
  }
  return rows;
}
