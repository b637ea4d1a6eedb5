import type { ImageSource } from '@tenas/data';
import type { Device, EvaluateOptions, EvaluateResult, Task, Weights } from '@tenas/native';
import { abortable } from './abortable.js';

/** What evaluates a network: a `Program` of @tenas/native, or a stand-in for tests. */
export interface Evaluable {
  evaluate(options: EvaluateOptions): Promise<EvaluateResult>;
}

/** Initial weight distributions of the engine. */
export type Initialisation = Extract<Weights, { kind: 'seeded' }>['init'];

/** All initial weight distributions. */
export const INITIALISATIONS: readonly Initialisation[] = ['kaiming_fan_in', 'kaiming_fan_out', 'pytorch'];

/**
 * What chance decides in one repeat. Same draw, same numbers: batches are a function of (seed, batch), weights of
 * (seed, weights, parameter name).
 */
export interface Draw {
  /** 0 to 2^53 - 1. */
  readonly seed: number;
  /** Number of the batch, 0 to 2^32 - 1. */
  readonly batch: number;
  /** Number of the weights, 0 to 2^32 - 1. */
  readonly weights: number;
}

/** The first `count` draws of a seed: each its own batch and weights. */
export function drawsOf(seed: number, count: number): Draw[] {
  return Array.from({ length: count }, (_, repeat) => ({ seed, batch: repeat, weights: repeat }));
}

/** Which of a space's networks a metric looks at. */
export type MetricNetwork = 'ntk' | 'regions';

/**
 * A training-free metric. All metrics pass the same contract tests, whoever writes them.
 *
 * @typeParam S settings, plain data
 * @typeParam M what one evaluation gives
 */
export interface Metric<S extends object, M> {
  /** Lower case, hyphens. */
  readonly name: string;
  /** One line for people. */
  readonly title: string;
  readonly better: 'lower' | 'higher';
  readonly network: MetricNetwork;
  readonly defaults: S;
  /** Fills in defaults and checks. @throws TenasError `SETTING_INVALID` naming the field. */
  settings(given?: { readonly [K in keyof S]?: S[K] | undefined }): S;
  /** The inputs of one repeat, row-major. */
  inputs(source: ImageSource, draw: Draw, settings: S, signal?: AbortSignal): Promise<Float32Array>;
  /** Initial weights of one repeat. */
  initialisation(settings: S): Initialisation;
  /** What to ask of the engine. */
  request(settings: S): { readonly task: Task; readonly batchSize: number };
  /** Reads the engine's answer, one measurement an evaluation, in its order. */
  measure(result: EvaluateResult): M[];
  /** The measurement as a number to compare by; never NaN: what has no value is infinitely bad. */
  value(measurement: M): number;
}

/** Networks and repeats to evaluate in one request to the engine. */
export interface MetricRequest<S extends object> {
  readonly program: Evaluable;
  readonly source: ImageSource;
  /** Mixing coefficients of each candidate (see `Supernet.coefficients` of @tenas/spaces). */
  readonly candidates: readonly Float64Array[];
  /** The repeats; every candidate sees the same ones. */
  readonly draws: readonly Draw[];
  readonly settings?: { readonly [K in keyof S]?: S[K] | undefined };
  /** The inputs of each draw if they were read ahead (see {@link readInputs}); read otherwise. */
  readonly inputs?: Promise<readonly Float32Array[]>;
  /** Default: all of the machine's. */
  readonly threads?: number;
  /** `fast` (default) or the plain loops in double that it is checked against. */
  readonly engine?: 'fast' | 'reference';
  /** Default `auto`: a CUDA device if there is one, else the CPU. */
  readonly device?: Device;
  readonly signal?: AbortSignal;
  /** Called now and then with the finished evaluations. */
  readonly onProgress?: (done: number, total: number) => void;
}

/** What a metric says of some candidates. */
export interface MetricResult<M> {
  /** [candidate][repeat] */
  readonly measurements: readonly (readonly M[])[];
  /** Wall-clock time of the engine, without reading the data. */
  readonly seconds: number;
}

/**
 * Reads a metric's inputs for some draws: what `evaluateMetric` does first, to be begun while the engine is busy with something else.
 *
 * @throws TenasError `SETTING_INVALID`, and what reading the source throws
 */
export async function readInputs<S extends object, M>(
  metric: Metric<S, M>,
  { source, draws, settings, signal }: Pick<MetricRequest<S>, 'source' | 'draws' | 'settings' | 'signal'>,
): Promise<readonly Float32Array[]> {
  const full = metric.settings(settings);
  return await Promise.all(draws.map((draw) => metric.inputs(source, draw, full, signal)));
}

/**
 * Evaluates a metric on candidates x repeats in one request to the engine.
 *
 * @throws TenasError `SETTING_INVALID`; NativeError of the engine; the signal's reason if aborted while data is read.
 */
export async function evaluateMetric<S extends object, M>(
  metric: Metric<S, M>,
  request: MetricRequest<S>,
): Promise<MetricResult<M>> {
  const { program, candidates, draws, threads, engine, device, signal, onProgress } = request;
  const settings = metric.settings(request.settings);
  const init = metric.initialisation(settings);
  const inputs = await abortable(request.inputs ?? readInputs(metric, request), signal);
  const result = await program.evaluate({
    ...metric.request(settings),
    candidates,
    repeats: draws.map((draw, index) => ({
      inputs: inputs[index]!,
      weights: { kind: 'seeded', seed: draw.seed, repeat: draw.weights, init },
    })),
    ...(threads === undefined ? {} : { threads }),
    ...(engine === undefined ? {} : { engine }),
    ...(device === undefined ? {} : { device }),
    ...(signal === undefined ? {} : { signal }),
    ...(onProgress === undefined ? {} : { onProgress }),
  });
  const all = metric.measure(result);
  return {
    measurements: candidates.map((_, index) => all.slice(index * draws.length, (index + 1) * draws.length)),
    seconds: result.seconds,
  };
}

/** The engine's answer, checked to be to the question that was asked. */
export function answerOf<K extends EvaluateResult['kind']>(
  result: EvaluateResult,
  kind: K,
): Extract<EvaluateResult, { kind: K }> {
  if (result.kind !== kind) throw new TypeError(`the engine answered ${result.kind}, not ${kind}`);
  return result as Extract<EvaluateResult, { kind: K }>;
}
