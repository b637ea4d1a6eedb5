import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { mean, median } from '@tenas/base';
import { compileSubject } from '@tenas/cli';
import { type Program, sideBySide } from '@tenas/native';
import { nasBench201 } from '@tenas/spaces';
import { row } from './bench-context.js';
import { runNode } from './child-process.js';
import { benchmarksFolder } from './paths.js';
import { PeerProcess, writeForPeer } from './peer-process.js';
import { type PeerContext, SETTLE_MILLISECONDS } from './peer-run.js';
import type { Row } from './result.js';
import { SIDE_BY_SIDE, TRAINING_BATCH, type TrainingCase, trainingSubject } from './training-cases.js';
import { TrainingSteps } from './training-steps.js';

/**
 * Steps whose losses have to agree, from the same weights on. The first step shows the forward pass, the second one the
 * gradients too. From the third one on, deep networks magnify rounding: there our own instruction sets differ by 2e-3.
 */
const COMPARED_STEPS = 2;
/** How far they may be apart: both sides are in single precision, and each step adds to the difference. */
const LOSS_TOLERANCE = 1e-3;
/** Steps that show how long one takes, and steps of a process whose memory is measured. */
const FIRST_STEPS = 3;
/** What our side's steps of one measurement take together, about, and how many they are at most. */
const TIMED_SECONDS = 0.5;
const MOST_STEPS = 60;
/** Steps of each network that is trained beside others; trainings have many steps in a row. */
const STEPS_SIDE_BY_SIDE = 8;

/** A step of one network: checks that the losses of both sides agree, measures them in turn, then their memory. */
export async function runTrainingCase(one: TrainingCase, context: PeerContext): Promise<Row[]> {
  const { session, peer, seeds, folder } = context;
  const { threads, repetitions } = session.options;
  const seed = seeds.next();
  using program = compileSubject(one.subject);
  await using steps = new TrainingSteps(program, one.subject, { seed, threads });
  await loadPeer(peer, one, { program, seed, folder });
  const { losses } = await steps.run(COMPARED_STEPS);
  const expected = await train(peer, one.name, COMPARED_STEPS);
  const apart = Math.max(
    ...losses.map((loss, step) => Math.abs(loss - expected.losses[step]!) / expected.losses[step]!),
  );
  session.say(`  losses of ${COMPARED_STEPS} steps deviate by ${apart.toExponential(1)}`);
  if (!(apart <= LOSS_TOLERANCE)) session.fail(`${one.name}: losses deviate by ${apart.toExponential(2)}`);

  const count = stepsToTime(Math.min(...(await steps.run(FIRST_STEPS)).seconds));
  const ours: number[] = [];
  const theirs: number[] = [];
  for (let repetition = 0; repetition < repetitions; repetition++) {
    await delay(SETTLE_MILLISECONDS);
    ours.push(steady((await steps.run(count)).seconds));
    await delay(SETTLE_MILLISECONDS);
    theirs.push(steady((await train(peer, one.name, count)).stepSeconds));
  }
  const memory = {
    ours: await ourMemory(one.name, threads),
    theirs: await peerMemory(one, context, { program, seed }),
  };
  return [
    ...timeRows(one, { ours, theirs, threads }),
    memoryRow(one, 'ours', memory.ours),
    memoryRow(one, 'PyTorch', memory.theirs),
  ];
}

function stepsToTime(seconds: number): number {
  return Math.min(Math.max(Math.ceil(TIMED_SECONDS / seconds), FIRST_STEPS), MOST_STEPS);
}

/**
 * Median of the second half of some steps. In the first ones memory comes into the caches, and a system may take tens of
 * milliseconds to spread threads that slept over its processors.
 */
function steady(seconds: readonly number[]): number {
  return median(seconds.slice(Math.floor(seconds.length / 2)));
}

/** Many different networks: ours side by side, one thread each; the peer's one after the other on all threads. */
export async function runSideBySide(context: PeerContext): Promise<Row[]> {
  const { session, peer, seeds, folder } = context;
  const { threads, repetitions } = session.options;
  const seed = seeds.next();
  const architectures = SIDE_BY_SIDE.networks();
  const subjects = architectures.map((architecture) =>
    trainingSubject(nasBench201.network(architecture, SIDE_BY_SIDE.size)),
  );
  const nets = architectures.map(({ ops }) => ({ ...SIDE_BY_SIDE.size, classes: 10, ops }));
  const net = { kind: nasBench201.name, ...nets[0]! };
  const programs = subjects.map((subject) => compileSubject(subject));
  const trainers = programs.map(
    (program, index) => new TrainingSteps(program, subjects[index]!, { seed, threads: 1 }),
  );
  await loadPeer(
    peer,
    { ...SIDE_BY_SIDE, subject: subjects[0]!, net },
    { program: programs[0]!, seed, folder },
  );
  await sideBySide(trainers, threads, (steps) => steps.run(1));
  const ours: number[] = [];
  const theirs: number[] = [];
  for (let repetition = 0; repetition < repetitions; repetition++) {
    await delay(SETTLE_MILLISECONDS);
    const start = performance.now();
    await sideBySide(trainers, threads, (steps) => steps.run(STEPS_SIDE_BY_SIDE));
    ours.push((performance.now() - start) / 1000 / trainers.length / STEPS_SIDE_BY_SIDE);
    await delay(SETTLE_MILLISECONDS);
    const { error, stepSeconds } = await peer.ask({
      op: 'train_each',
      nets,
      steps: STEPS_SIDE_BY_SIDE,
    });
    if (stepSeconds === undefined) throw new Error(`${SIDE_BY_SIDE.name}: the peer: ${error}`);
    theirs.push(mean(stepSeconds));
  }
  for (const steps of trainers) await steps[Symbol.asyncDispose]();
  for (const program of programs) program[Symbol.dispose]();
  return timeRows(SIDE_BY_SIDE, { ours, theirs, threads });
}

async function loadPeer(
  peer: PeerProcess,
  one: Pick<TrainingCase, 'name' | 'subject' | 'net'>,
  options: { readonly program: Program; readonly seed: number; readonly folder: string },
): Promise<void> {
  const file = join(options.folder, 'for-peer.safetensors');
  writeForPeer(file, { subject: one.subject, program: options.program, seed: options.seed });
  const { error } = await peer.ask({ op: 'load', net: one.net, file });
  if (error !== undefined) throw new Error(`${one.name}: the peer cannot load the network: ${error}`);
}

async function train(peer: PeerProcess, name: string, steps: number) {
  const { error, losses, stepSeconds } = await peer.ask({ op: 'train', steps });
  if (losses === undefined || stepSeconds === undefined) throw new Error(`${name}: the peer: ${error}`);
  return { losses, stepSeconds };
}

/** Most memory of a process of its own that trains the network for some steps, in bytes. */
async function ourMemory(name: string, threads: number): Promise<number> {
  const script = join(benchmarksFolder, 'dist/training-memory.js');
  const { peakBytes } = await runNode([script, name, String(threads)], {
    cwd: benchmarksFolder,
    peakMemory: true,
  });
  if (peakBytes === null) throw new Error(`${name}: the process did not say how much memory it held`);
  return peakBytes;
}

async function peerMemory(
  one: TrainingCase,
  { session, folder }: PeerContext,
  options: { readonly program: Program; readonly seed: number },
): Promise<number> {
  await using peer = new PeerProcess(session.options.threads);
  await loadPeer(peer, one, { ...options, folder });
  await train(peer, one.name, FIRST_STEPS);
  const { error, bytes } = await peer.ask({ op: 'memory' });
  if (bytes === undefined) throw new Error(`${one.name}: the peer: ${error}`);
  return bytes;
}

function timeRows(
  one: Pick<TrainingCase, 'name' | 'title' | 'ratio'>,
  measured: { readonly ours: number[]; readonly theirs: number[]; readonly threads: number },
): Row[] {
  const { ours, theirs, threads } = measured;
  const settings = { threads, batchSize: TRAINING_BATCH };
  const milliseconds = (name: string, title: string, seconds: number[]) =>
    row(
      { name: `${one.name}-${name}`, title: `${one.title}: ${title}`, unit: 'ms', settings },
      seconds.map((value) => value * 1000),
    );
  return [
    milliseconds('ours', 'ours', ours),
    milliseconds('torch', 'PyTorch', theirs),
    row(
      {
        name: `${one.name}-ratio`,
        title: `${one.title}: times faster than PyTorch`,
        unit: 'x',
        better: 'higher',
        ...one.ratio,
      },
      theirs.map((value, index) => value / ours[index]!),
    ),
  ];
}

function memoryRow(one: TrainingCase, side: 'ours' | 'PyTorch', bytes: number): Row {
  const name = side === 'ours' ? 'ours' : 'torch';
  return row(
    { name: `${one.name}-memory-${name}`, title: `peak memory, ${one.title}: ${side}`, unit: 'MiB' },
    [bytes / 2 ** 20],
  );
}
