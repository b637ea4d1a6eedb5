import { type Graph, paramOffsets } from '@tenas/graph';
import { normalInputs } from './random-inputs.js';

export interface CalibrateOptions {
  /** Images [batch, C, H, W], normalised. Default: standard normal noise. */
  readonly inputs?: Float32Array | undefined;
  /** Default 16. */
  readonly batchSize?: number | undefined;
  /** One for each of `graph.slots`. */
  readonly coefficients?: ArrayLike<number> | undefined;
  /** Seed of the default inputs. Default 0. */
  readonly seed?: number | undefined;
  /** Default: all hardware threads. */
  readonly threads?: number | undefined;
  readonly signal?: AbortSignal | undefined;
}

/**
 * Weights whose running batch-norm statistics are those of a batch. An untrained network with the initial statistics (0 and 1)
 * normalises nothing in eval mode: its activations double from cell to cell and its logits reach 1e5. Calibrated it computes what it
 * does in training mode on such a batch.
 *
 * @param weights all parameters in `graph.params` order; they are not changed.
 * @returns a copy with `running_mean` and `running_var` replaced.
 * @throws NativeError of `@tenas/native`.
 */
export async function calibrateBatchNorm(
  graph: Graph,
  weights: Float32Array,
  options: CalibrateOptions = {},
): Promise<Float32Array> {
  const { batchSize = 16, coefficients = [], threads, signal } = options;
  const { Program } = await import('@tenas/native');
  using program = Program.compile(graph);
  const inputs = options.inputs ?? normalInputs(program.inputValues * batchSize, options.seed ?? 0);
  const { evaluations } = await program.evaluate({
    tasks: [{ kind: 'forward', statistics: 'batch' }],
    batchSize,
    repeats: [{ inputs, weights: { kind: 'explicit', data: weights } }],
    candidates: [Float64Array.from(coefficients)],
    threads,
    signal,
  });
  const { statistics } = evaluations[0]![0];
  const calibrated = weights.slice();
  const { offsets } = paramOffsets(graph);
  let position = 0;
  for (const node of graph.nodes) {
    if (node.op !== 'batchNorm') continue;
    const channels = node.shape[0];
    calibrated.set(statistics.subarray(position, position + channels), offsets[node.runningMean]);
    calibrated.set(
      statistics.subarray(position + channels, position + 2 * channels),
      offsets[node.runningVar],
    );
    position += 2 * channels;
  }
  return calibrated;
}
