import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { plural } from '@tenas/base';
import { compileSubject, freshRepeat } from '@tenas/cli';
import type { Program } from '@tenas/native';
import { row, timeRow } from './bench-context.js';
import type { PeerCase } from './peer-cases.js';
import { type PeerProcess, readKernel, writeForPeer } from './peer-process.js';
import type { Row } from './result.js';
import type { Session } from './session.js';
import { type Seeds, timeOnce } from './timing.js';

/** Before every measurement of either side: idle OpenMP threads of the peer go on spinning for a while. */
export const SETTLE_MILLISECONDS = 200;
/** Our kernel, in single precision, against the peer's in double, relative to its Frobenius norm. */
const KERNEL_TOLERANCE = 1e-4;
/** The peer's ways in single precision against ours: PyTorch itself is that far off on supernets with large batches. */
const PEER_TOLERANCE = 5e-3;
/** A sum that is 0 up to rounding is active on one side only: patterns that differ in such a neuron are counted apart. */
const REGION_TOLERANCE = 2e-3;
/** Ways this many times as slow as the fastest are not measured again. */
const HOPELESS = 2;

/** The context of a comparison with the peer. */
export interface PeerContext {
  readonly session: Session;
  readonly peer: PeerProcess;
  readonly seeds: Seeds;
  /** For files that go between the two. */
  readonly folder: string;
}

/** Frobenius norm of the difference over that of the expected matrix. */
export function relativeDifference(got: ArrayLike<number>, expected: ArrayLike<number>): number {
  let [difference, norm] = [0, 0];
  for (let index = 0; index < expected.length; index++) {
    difference += (got[index]! - expected[index]!) ** 2;
    norm += expected[index]! ** 2;
  }
  return got.length === expected.length ? Math.sqrt(difference / norm) : Number.NaN;
}

function request(one: PeerCase, method: string, out: string | null): object {
  const [task] = one.subject.tasks;
  return task?.kind === 'ntk' ? { op: 'ntk', mode: task.mode, method, out } : { op: 'regions', method };
}

/** Loads fresh weights and inputs into the peer. @returns the seed they come from */
async function refresh(
  one: PeerCase,
  program: Program,
  { peer, seeds, folder }: PeerContext,
): Promise<number> {
  const seed = seeds.next();
  const file = join(folder, 'for-peer.safetensors');
  writeForPeer(file, { subject: one.subject, program, seed });
  const loaded = await peer.ask({ op: 'load', net: one.net, file });
  if (loaded.error !== undefined)
    throw new Error(`${one.name}: the peer cannot load the network: ${loaded.error}`);
  return seed;
}

/** Our result on the seed's weights and inputs: a kernel, or regions and neurons. */
async function ours(one: PeerCase, program: Program, seed: number): Promise<Float64Array | [number, number]> {
  const { subject } = one;
  const { evaluations } = await program.evaluate({
    tasks: subject.tasks,
    batchSize: subject.batchSize,
    repeats: [freshRepeat(subject, seed)],
    candidates: [subject.coefficients],
  });
  const answer = evaluations[0]![0]!;
  if ('eigenvalues' in answer) return answer.kernel;
  if ('regions' in answer) return [answer.regions, answer.neurons];
  throw new TypeError(`${one.name}: neither kernel nor regions, but ${subject.tasks[0]?.kind}`);
}

/**
 * Our kernel against the peer's in double precision, which judges both: in deep networks a ReLU's input within rounding of zero
 * changes the kernel by more than any sum loses, so we may be as far off as the peer's own single precision, times two.
 * Leaves the peer in single precision.
 * @returns how far the two may be from each other: as far as both are from the truth
 */
async function judge(
  one: PeerCase,
  ours: Float64Array,
  { session, peer, folder }: PeerContext,
): Promise<number> {
  const [weights, out] = [join(folder, 'for-peer.safetensors'), join(folder, 'kernel.safetensors')];
  const load = { op: 'load', net: one.net, file: weights };
  const kernels: Float64Array[] = [];
  for (const net of [{ ...load, double: true }, load]) {
    for (const asked of [net, request(one, 'autograd_grad', out)]) {
      const { error } = await peer.ask(asked);
      if (error !== undefined) throw new Error(`${one.name}: the peer: ${error}`);
    }
    kernels.push(readKernel(out));
  }
  const [exact, single] = kernels as [Float64Array, Float64Array];
  const deviation = relativeDifference(ours, exact);
  const lost = relativeDifference(single, exact);
  session.say(
    `  against PyTorch in double precision: ours deviates by ${deviation.toExponential(1)}, PyTorch in single by ${lost.toExponential(1)}`,
  );
  if (!(deviation <= Math.max(KERNEL_TOLERANCE, 2 * lost))) {
    session.fail(
      `${one.name}: our kernel deviates by ${deviation.toExponential(2)} from PyTorch in double precision`,
    );
  }
  return deviation + 2 * lost;
}

/** First runs: every way against our result. @returns seconds and deviation of the ways that work */
async function crossCheck(one: PeerCase, program: Program, context: PeerContext) {
  const { session, peer, folder } = context;
  const seed = await refresh(one, program, context);
  const expected = await ours(one, program, seed);
  const apart = expected instanceof Float64Array ? await judge(one, expected, context) : 0;
  const checked: { method: string; seconds: number; deviation: number }[] = [];
  for (const method of one.methods) {
    const file = join(folder, 'kernel.safetensors');
    const answer = await peer.ask(request(one, method, file));
    if (answer.error !== undefined || answer.seconds === undefined) {
      session.say(`  ${method}: not possible here (${answer.error})`);
      continue;
    }
    let deviation: number;
    let tolerance = Math.max(PEER_TOLERANCE, apart);
    if (expected instanceof Float64Array) {
      deviation = relativeDifference(readKernel(file), expected);
    } else {
      const [regions, neurons] = expected;
      deviation = Math.abs(answer.regions! - regions) / regions;
      tolerance = REGION_TOLERANCE;
      if (answer.neurons !== neurons) {
        session.fail(`${one.name}: ${answer.neurons} neurons with the peer, ${neurons} with us`);
      }
    }
    session.say(`  ${method}: ${answer.seconds.toFixed(3)} s, deviation ${deviation.toExponential(1)}`);
    if (!(deviation <= tolerance)) {
      session.fail(`${one.name}: ${method} deviates by ${deviation.toExponential(2)} from our result`);
    }
    checked.push({ method, seconds: answer.seconds, deviation });
  }
  if (checked.length === 0) throw new Error(`${one.name}: no way of the peer works`);
  return checked;
}

/**
 * Measures one case, ours and the peer's ways in turn on fresh weights and inputs, after a first run that checks that they agree.
 * Rows: our time, each way's time, and how many times faster than the best and the published way ours is.
 */
export async function runPeerCase(one: PeerCase, context: PeerContext): Promise<Row[]> {
  const { session, peer, seeds } = context;
  const { options } = session;
  const threads = one.ourThreads === 1 ? 1 : options.threads;
  using program = compileSubject(one.subject);
  const checked = await crossCheck(one, program, context);
  const fastest = Math.min(...checked.map(({ seconds }) => seconds));
  const again = checked.filter(
    ({ method, seconds }) => seconds <= HOPELESS * fastest || method === one.methods[0],
  );

  const our: number[] = [];
  const times = new Map<string, number[]>(again.map(({ method }) => [method, []]));
  const evaluation = { seeds, threads, evaluations: one.evaluations };
  await timeOnce(program, one.subject, evaluation);
  for (let repetition = 0; repetition < options.repetitions; repetition++) {
    await delay(SETTLE_MILLISECONDS);
    our.push(await timeOnce(program, one.subject, evaluation));
    await refresh(one, program, context);
    for (const [method, seconds] of times) {
      await delay(SETTLE_MILLISECONDS);
      const answer = await peer.ask(request(one, method, null));
      if (answer.seconds === undefined) throw new Error(`${one.name}: ${method} failed: ${answer.error}`);
      seconds.push(answer.seconds);
    }
  }
  for (const { method, seconds } of checked) if (!times.has(method)) times.set(method, [seconds]);

  const timed = (name: string, title: string, seconds: number[], used: number) =>
    timeRow(
      session,
      {
        name: `${one.name}-${name}`,
        title: `${one.title}: ${title}`,
        unit: 'ms',
        settings: { threads: used },
      },
      { seconds, multiplyAdds: one.subject.work.total, threads: used },
    );
  const peerRows = [...times].map(([method, seconds]) => ({
    method,
    seconds,
    row: timed(method, `PyTorch, ${method}`, seconds, options.threads),
  }));
  const published = peerRows.find(({ method }) => method === one.methods[0]);
  const measured = peerRows.filter(({ seconds }) => seconds.length === our.length);
  const best = measured.reduce((a, b) => (b.row.summary.median < a.row.summary.median ? b : a));
  const ratio = (name: string, title: string, seconds: number[], wanted: PeerCase['best']) =>
    row(
      {
        name: `${one.name}-${name}`,
        title: `${one.title}: ${title}`,
        unit: 'x',
        better: 'higher',
        ...wanted,
      },
      seconds.map((value, index) => value / our[index]!),
    );
  const whatBest = `times faster than PyTorch's best (${best.method})`;
  return [
    timed('ours', `ours, ${plural(threads, 'thread')}`, our, threads),
    ...peerRows.map((peerRow) => peerRow.row),
    ratio('ratio-best', whatBest, best.seconds, one.best),
    ...(published === undefined
      ? []
      : [ratio('ratio-published', 'times faster than the published way', published.seconds, one.published)]),
  ];
}
