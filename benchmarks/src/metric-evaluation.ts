import { writeFileSync } from 'node:fs';
import { freshRepeat, inputShape, type Subject } from '@tenas/cli';
import { sizeOf, writeSafetensors } from '@tenas/graph';
import type { Failure } from '@tenas/metrics';
import type { Answer, Program, Repeat, Task } from '@tenas/native';
import type { MetricSpeedCase } from './metric-speed-cases.js';
import { namedTensors } from './peer-process.js';

/** Inputs, labels and weights of a seed: weights as values, so that neither side draws them while it is timed. */
export function givenRepeat(program: Program, subject: Subject, seed: number): Repeat {
  const { init, absolute } = subject;
  const data = program.seededWeights({ seed, repeat: 0, init, absolute });
  return { ...freshRepeat(subject, seed), weights: { kind: 'explicit', data } };
}

/** A value, or why there is none. */
export type Value = number | Failure;

/** The value of a metric on one repeat. */
export function metricValue(one: MetricSpeedCase, answers: readonly Answer[], repeat: Repeat): Value {
  const { weights } = repeat;
  if (weights.kind !== 'explicit') throw new TypeError('weights are given as values');
  return one.metric.value(answers, {
    settings: one.settings,
    graph: one.subject.graph,
    coefficients: one.subject.coefficients,
    labels: repeat.labels,
    weights: () => weights.data,
  });
}

/** Seconds per network of some networks in one request, with the values that a metric makes of the answers. */
export async function timeMetric(
  program: Program,
  one: MetricSpeedCase,
  options: { readonly repeats: readonly Repeat[]; readonly threads: number },
): Promise<number> {
  const { repeats, threads } = options;
  const start = performance.now();
  const answers = await evaluate(program, one.subject, { repeats, threads });
  for (const [place, repeat] of repeats.entries()) metricValue(one, answers[place]!, repeat);
  return (performance.now() - start) / 1000 / repeats.length;
}

/** The engine's answers on each repeat. */
export async function evaluate(
  program: Program,
  subject: Subject,
  options: {
    readonly repeats: readonly Repeat[];
    readonly threads: number;
    readonly engine?: 'reference' | undefined;
    /** Default: the subject's. */
    readonly tasks?: readonly Task[] | undefined;
  },
): Promise<readonly (readonly Answer[])[]> {
  const { repeats, threads, engine, tasks = subject.tasks } = options;
  const { evaluations } = await program.evaluate({
    ...{ tasks, repeats, threads, engine },
    batchSize: subject.batchSize,
    candidates: [subject.coefficients],
    device: engine === undefined ? 'cpu' : undefined,
  });
  return evaluations;
}

/** Tensors of random signs, one after the other; where a task draws its own, the peer has to have the same. */
function withGivenSigns({ tasks, batchSize, graph }: Subject) {
  const signs: { readonly shape: readonly number[]; readonly data: Float32Array }[] = [];
  const given = tasks.map((task): Task => {
    if (task.kind !== 'blocks') return task;
    for (const { to } of task.blocks) {
      const shape = [batchSize, ...graph.nodes[to]!.shape];
      // Any pattern that no kernel could prefer will do.
      const data = Float32Array.from({ length: sizeOf(shape) }, (_, place) =>
        Math.sin(place * place) > 0 ? 1 : -1,
      );
      signs.push({ shape, data });
    }
    const all = new Float32Array(signs.reduce((sum, { data }) => sum + data.length, 0));
    let start = 0;
    for (const { data } of signs) {
      all.set(data, start);
      start += data.length;
    }
    return { ...task, signs: all };
  });
  return { tasks: given, signs };
}

/** Writes a repeat for the peer. @returns our value for it, by the reference engine where it is wanted */
export async function valueForPeer(
  one: MetricSpeedCase,
  options: {
    readonly program: Program;
    readonly repeat: Repeat;
    readonly file: string;
    readonly engine?: 'reference' | undefined;
  },
): Promise<Value> {
  const { program, repeat, file, engine } = options;
  const { subject } = one;
  const { tasks, signs } = withGivenSigns(subject);
  writeRepeat(file, subject, repeat, signs);
  const answers = await evaluate(program, subject, { repeats: [repeat], threads: 1, engine, tasks });
  return metricValue(one, answers[0]!, repeat);
}

/** Writes what the peer needs of a repeat. */
export function writeRepeat(
  file: string,
  subject: Subject,
  { inputs, weights }: Repeat,
  signs: readonly { readonly shape: readonly number[]; readonly data: Float32Array }[],
): void {
  if (weights.kind !== 'explicit') throw new TypeError('weights are given as values');
  const tensors = namedTensors(subject.graph, weights.data);
  tensors.set('input', { dtype: 'F32', shape: inputShape(subject), data: inputs });
  for (const [block, { shape, data }] of signs.entries()) {
    tensors.set(`signs.${block}`, { dtype: 'F32', shape, data });
  }
  writeFileSync(file, writeSafetensors(tensors));
}
