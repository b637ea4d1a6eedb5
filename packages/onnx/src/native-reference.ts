import type { Graph } from '@tenas/graph';

/**
 * A forward pass to compare with: inputs [batch, C, H, W] row-major -> logits [batch, classes] row-major, batch
 * normalisation in eval mode. Called with one batch at a time; the signal is that of the check.
 */
export type ReferenceForward = (
  inputs: Float32Array,
  batch: number,
  signal: AbortSignal | undefined,
) => Promise<Float32Array>;

/** Our own forward pass, compiled once. */
export interface NativeReference extends Disposable {
  readonly forward: ReferenceForward;
  /** The same pass by plain loops in double precision, far slower. */
  readonly inDouble: ReferenceForward;
}

/**
 * Compiles a graph with the native engine as a reference for {@link checkOnnx}. The addon is loaded on this call.
 * @param weights all parameters in `graph.params` order.
 * @param options.coefficients one for each of `graph.slots`.
 * @param options.threads default: all hardware threads.
 * @throws NativeError of `@tenas/native`.
 */
export async function nativeReference(
  graph: Graph,
  weights: Float32Array,
  options: {
    readonly coefficients?: ArrayLike<number> | undefined;
    readonly threads?: number | undefined;
  } = {},
): Promise<NativeReference> {
  const { Program } = await import('@tenas/native');
  const program = Program.compile(graph);
  const candidates = [Float64Array.from(options.coefficients ?? [])];
  const { threads } = options;
  const by =
    (engine: 'fast' | 'reference'): ReferenceForward =>
    async (inputs, batch, signal) => {
      const result = await program.evaluate({
        tasks: [{ kind: 'forward', statistics: 'running' }],
        batchSize: batch,
        repeats: [{ inputs, weights: { kind: 'explicit', data: weights } }],
        candidates,
        engine,
        threads,
        signal,
      });
      return result.evaluations[0]![0].logits;
    };
  return {
    forward: by('fast'),
    inDouble: by('reference'),
    [Symbol.dispose]: () => program.dispose(),
  };
}
