import type { Device, Init, Program, Repeat } from '@tenas/native';

// What the metrics ask of the engine and what it answers, as one request with several tasks has it.

/** The empirical neural tangent kernel; `batch` differentiates through the batch statistics, `sample` holds them constant. */
export interface NtkTask {
  readonly kind: 'ntk';
  readonly mode: 'batch' | 'sample';
}

/** Distinct ReLU sign patterns over `batches` batches. */
export interface RegionsTask {
  readonly kind: 'regions';
  readonly batches: number;
}

/** Logits, with batch norm on the statistics of the batch. */
export interface ForwardTask {
  readonly kind: 'forward';
  readonly statistics: 'batch' | 'running';
}

/** What can be asked of a network. */
export type Task = NtkTask | RegionsTask | ForwardTask;

export interface NtkAnswer {
  /** [N, N], symmetric. */
  readonly kernel: Float64Array;
  /** Ascending; all NaN if the kernel is not finite. */
  readonly eigenvalues: Float64Array;
  /** [N, outputs] */
  readonly logits: Float32Array;
}

export interface RegionsAnswer {
  readonly regions: number;
  /** ReLU outputs of one sample. */
  readonly neurons: number;
}

export interface ForwardAnswer {
  /** [N, outputs] */
  readonly logits: Float32Array;
}

interface Answers {
  readonly ntk: NtkAnswer;
  readonly regions: RegionsAnswer;
  readonly forward: ForwardAnswer;
}

/** The answer to a task. */
export type AnswerOf<T extends Task> = Answers[T['kind']];

/** The answers to some tasks, in their order. */
export type AnswersOf<T extends readonly Task[]> = { readonly [K in keyof T]: AnswerOf<T[K]> };

/** Any answer. */
export type Answer = AnswerOf<Task>;

/** Initial weight distributions of the engine. */
export type Initialisation = Init;

/** Where and how the engine evaluates; results of one device do not depend on the number of threads. */
export interface EngineOptions {
  /** Default: all of the machine's. */
  readonly threads?: number | undefined;
  /** `fast` (default) or the plain loops in double that it is checked against. */
  readonly engine?: 'fast' | 'reference' | undefined;
  /** Default `auto`: a CUDA device if there is one, else the CPU. */
  readonly device?: Device | undefined;
}

/** One request: every candidate on every repeat, several tasks each. */
export interface EngineRequest<T extends readonly Task[] = readonly Task[]> extends EngineOptions {
  readonly tasks: T;
  /** Samples in a batch. */
  readonly batchSize: number;
  readonly repeats: readonly Repeat[];
  /** Mixing coefficients, one array for each candidate. */
  readonly candidates: readonly Float64Array[];
  readonly signal?: AbortSignal | undefined;
  /** Finished evaluations, of candidates x repeats. */
  readonly onProgress?: ((done: number) => void) | undefined;
}

/** The answers, [candidate * repeats + repeat], and the wall-clock time of the engine. */
export interface EngineAnswers<T extends readonly Task[] = readonly Task[]> {
  readonly seconds: number;
  readonly evaluations: readonly AnswersOf<T>[];
}

/** Asks the engine. @throws NativeError */
export async function askEngine<T extends readonly Task[]>(
  program: Program,
  request: EngineRequest<T>,
): Promise<EngineAnswers<T>> {
  const { seconds, evaluations } = await program.evaluate(request);
  return { seconds, evaluations };
}
