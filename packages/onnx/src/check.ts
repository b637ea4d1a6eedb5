import { TenasError } from '@tenas/base';
import { type Graph, sizeOf } from '@tenas/graph';
import { type BatchOutcome, type FromDouble, judge, type Verdict } from './check-verdict.js';
import { compareLogits } from './compare-logits.js';
import { readModelFile } from './model-file.js';
import { nativeReference, type ReferenceForward } from './native-reference.js';
import { normalInputs } from './random-inputs.js';
import { type ModelSummary, summarizeModel } from './read-model.js';
import { openSession, type RuntimeSession } from './runtime-session.js';

/** Default of {@link CheckOptions.tolerance}. */
export const DEFAULT_TOLERANCE = 1e-4;

/** Settings of {@link checkOnnx}. */
export interface CheckOptions {
  /** The graph that the model was exported from. */
  readonly graph: Graph;
  /** The weights that it was exported with, all parameters in `graph.params` order. */
  readonly weights: Float32Array;
  /** The mixing coefficients that it was exported with, if the graph has slots. */
  readonly coefficients?: ArrayLike<number> | undefined;
  /** Batches to run, each [N, C, H, W] row-major, such as images. Default: random ones of `batchSizes`. */
  readonly inputs?: readonly Float32Array[] | undefined;
  /** Sizes of the random batches, each with inputs of its own. Default [1, 5]. */
  readonly batchSizes?: readonly number[] | undefined;
  /** Seed of the standard normal inputs. Default 0. */
  readonly seed?: number | undefined;
  /** The forward pass to compare with. Default: the native engine with running statistics. */
  readonly reference?: ReferenceForward | undefined;
  /**
   * Allowed difference of a logit, absolute for logits up to 1 and growing with the largest one above:
   * `tolerance * max(1, max |logit|)`. Default 1e-4. Deep networks with random weights may amplify rounding beyond
   * that; then up to 8 times the change that one unit in the last place of the inputs makes is allowed, with a warning.
   */
  readonly tolerance?: number | undefined;
  /** Threads of onnxruntime and of the native reference. Default: their own choice. */
  readonly threads?: number | undefined;
  /** Stops the check between two batches and inside the reference. */
  readonly signal?: AbortSignal | undefined;
}

/** Result of {@link checkOnnx}. */
export interface CheckResult extends Verdict {
  readonly opset: number;
  readonly irVersion: number;
  readonly metadata: Readonly<Record<string, string>>;
  readonly ortVersion: string;
}

/**
 * Runs a model in onnxruntime (CPU) on given or seeded inputs, in several batch sizes, and compares its logits with our own
 * forward pass in eval mode. A difference above the tolerance, a value that is not finite or a wrong output shape
 * is a result with `ok: false`; what keeps the model from being run is thrown.
 *
 * @param model path of an ONNX file, or its bytes.
 * @throws TenasError ONNX_UNREADABLE, ONNX_LOAD_FAILED, ONNX_RUN_FAILED, ONNX_MISMATCH (inputs that don't fit the
 *   graph), ONNXRUNTIME_UNAVAILABLE, OPTIONS_INVALID, CANCELLED; NativeError from the default reference.
 */
export async function checkOnnx(model: string | Uint8Array, options: CheckOptions): Promise<CheckResult> {
  const { graph, weights, coefficients, threads, signal } = options;
  const batchSizes = requireBatchSizes(options.batchSizes ?? [1, 5]);
  const tolerance = requireTolerance(options.tolerance ?? DEFAULT_TOLERANCE);
  stopIfAborted(signal);

  const bytes = typeof model === 'string' ? await readModelFile(model) : model;
  const summary = summarizeModel(bytes);
  const inputShape = graph.nodes[graph.input]!.shape;
  requireInput(summary, inputShape);
  const inputs = options.inputs ?? randomBatches(batchSizes, sizeOf(inputShape), options.seed ?? 0);
  requireWholeSamples(inputs, sizeOf(inputShape));
  const [channels, height, width] = graph.nodes[graph.output]!.shape;
  const onePixel = height === 1 && width === 1;
  const sampleShape = onePixel ? [channels] : [channels, height, width];

  const session = await openSession(bytes, { threads });
  const native =
    options.reference === undefined
      ? await nativeReference(graph, weights, { coefficients, threads }).catch(async (error: unknown) => {
          await session[Symbol.asyncDispose]();
          throw error;
        })
      : null;
  try {
    const forward = options.reference ?? native!.forward;
    const batches = await runBatches(session, forward, { inputs, inputShape, signal });
    const verdict = await judge(batches, sampleShape, tolerance, async () => ({
      roundingSensitivity: await roundingSensitivity(batches, forward, signal),
      fromDouble: native === null ? null : await fromDouble(batches, native.inDouble, signal),
    }));
    const { opset, irVersion, metadata } = summary;
    return { ...verdict, opset, irVersion, metadata, ortVersion: session.version };
  } finally {
    native?.[Symbol.dispose]();
    await session[Symbol.asyncDispose]();
  }
}

/** Standard normal inputs, one array a batch. */
function randomBatches(batchSizes: readonly number[], sampleSize: number, seed: number): Float32Array[] {
  const total = batchSizes.reduce((sum, batch) => sum + batch, 0);
  const values = normalInputs(total * sampleSize, seed);
  let start = 0;
  return batchSizes.map((batch) => {
    const end = start + batch * sampleSize;
    const inputs = values.slice(start, end);
    start = end;
    return inputs;
  });
}

async function runBatches(
  session: RuntimeSession,
  forward: ReferenceForward,
  plan: {
    readonly inputs: readonly Float32Array[];
    readonly inputShape: readonly [number, number, number];
    readonly signal: AbortSignal | undefined;
  },
): Promise<BatchOutcome[]> {
  const outcomes: BatchOutcome[] = [];
  for (const inputs of plan.inputs) {
    stopIfAborted(plan.signal);
    const batch = inputs.length / sizeOf(plan.inputShape);
    const { data, shape } = await session.run(inputs, [batch, ...plan.inputShape]);
    stopIfAborted(plan.signal);
    const reference = await forward(inputs, batch, plan.signal);
    outcomes.push({ batch, inputs, shape, actual: data, reference });
  }
  return outcomes;
}

/** The largest change of our own logits when the inputs change by one unit in the last place, up and down in turn. */
async function roundingSensitivity(
  batches: readonly BatchOutcome[],
  forward: ReferenceForward,
  signal: AbortSignal | undefined,
): Promise<number> {
  let largest = 0;
  for (const { batch, inputs, reference } of batches) {
    stopIfAborted(signal);
    const moved = inputs.map((value, index) => value * (1 + (index % 2 === 0 ? 1 : -1) * 2 ** -23));
    largest = Math.max(largest, compareLogits(await forward(moved, batch, signal), reference).maxAbsDiff);
  }
  return largest;
}

/** How far both sides of the smallest batch are from the pass in double precision. */
async function fromDouble(
  batches: readonly BatchOutcome[],
  inDouble: ReferenceForward,
  signal: AbortSignal | undefined,
): Promise<FromDouble> {
  stopIfAborted(signal);
  const smallest = batches.reduce((least, one) => (one.batch < least.batch ? one : least));
  const exact = await inDouble(smallest.inputs, smallest.batch, signal);
  return {
    onnxruntime: compareLogits(smallest.actual, exact).maxAbsDiff,
    reference: compareLogits(smallest.reference, exact).maxAbsDiff,
  };
}

function requireInput({ inputs }: ModelSummary, shape: readonly number[]): void {
  const [input] = inputs;
  // A named (dynamic) dimension takes any size.
  const fits =
    inputs.length === 1 &&
    input !== undefined &&
    input.shape.length === 4 &&
    input.shape.slice(1).every((dim, axis) => typeof dim === 'string' || dim === shape[axis]);
  if (fits) return;
  const found = inputs.map(({ name, shape }) => `${name} [${shape.join(', ')}]`).join(', ');
  throw new TenasError(
    'ONNX_MISMATCH',
    `the model's input is ${found || 'absent'}; the graph needs one input [N, ${shape.join(', ')}]`,
    { field: 'model', value: inputs },
  );
}

function requireBatchSizes(sizes: readonly number[]): readonly number[] {
  if (sizes.length === 0 || sizes.some((size) => !Number.isSafeInteger(size) || size < 1)) {
    throw new TenasError('OPTIONS_INVALID', 'batchSizes: give at least one whole number above 0', {
      field: 'batchSizes',
      value: sizes,
    });
  }
  return sizes;
}

function requireWholeSamples(inputs: readonly Float32Array[], sampleSize: number): void {
  if (inputs.length > 0 && inputs.every(({ length }) => length > 0 && length % sampleSize === 0)) return;
  const lengths = inputs.map(({ length }) => length);
  throw new TenasError(
    'OPTIONS_INVALID',
    `inputs: give at least one batch, of whole inputs of ${sampleSize} values each; got lengths [${lengths}]`,
    { field: 'inputs', value: lengths },
  );
}

function requireTolerance(tolerance: number): number {
  if (!(tolerance >= 0 && Number.isFinite(tolerance))) {
    throw new TenasError(
      'OPTIONS_INVALID',
      `tolerance: must be a finite number of 0 or more, got ${tolerance}`,
      {
        field: 'tolerance',
        value: tolerance,
      },
    );
  }
  return tolerance;
}

function stopIfAborted(signal: AbortSignal | undefined): void {
  if (signal?.aborted) throw new TenasError('CANCELLED', 'the check was cancelled', { cause: signal.reason });
}
