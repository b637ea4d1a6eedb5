import { checkInteger, TenasError } from '@tenas/base';
import { type Graph, sizeOf } from '@tenas/graph';
import { Program } from '@tenas/native';
import { exportOnnx, normalInputs, openSession, runtimeProviders } from '@tenas/onnx';
import { startPeakMemory } from './peak-memory.js';
import { type Timing, type TimingOptions, timeRuns } from './time-runs.js';

/** How a network is run. */
export interface MeasureOptions extends TimingOptions {
  /** Images per run. Default 1. */
  readonly batch?: number | undefined;
  /** Threads within an operator. Default 1. */
  readonly threads?: number | undefined;
  /** Execution provider of onnxruntime. Default `cpu`. */
  readonly provider?: string | undefined;
}

/** A measured network. */
export interface NetworkLatency extends Timing {
  /** Version of onnxruntime. */
  readonly runtimeVersion: string;
  /**
   * Bytes by which the process's resident memory grew from before the network was loaded to its peak during the runs;
   * null where the system does not tell. Only the first network of a process shows its need: later ones use memory again
   * that earlier ones left.
   */
  readonly memoryBytes: number | null;
}

/**
 * Bytes of a network as ONNX, with initial weights: no latency depends on their values.
 * @throws those of `exportOnnx` and of `Program.compile`
 */
export function latencyModel(graph: Graph): Uint8Array {
  using program = Program.compile(graph);
  return exportOnnx(graph, program.seededWeights({ seed: 0, repeat: 0, init: 'kaiming_fan_out' }));
}

/**
 * Measures a model in onnxruntime, on random inputs.
 * @param model its bytes, or the path of its file
 * @param inputShape of one image: [channels, height, width]
 * @throws TenasError PROVIDER_UNAVAILABLE, naming those that there are; SETTING_INVALID; those of `openSession` and of a
 *   run; the signal's reason
 */
export async function measureModel(
  model: Uint8Array | string,
  inputShape: readonly [number, number, number],
  options: MeasureOptions = {},
): Promise<NetworkLatency> {
  const batch = checkInteger('batch', options.batch ?? 1, 1, 65_536);
  const threads = checkInteger('threads', options.threads ?? 1, 1, 1024);
  const provider = options.provider ?? 'cpu';
  await requireProvider(provider);
  const inputs = normalInputs(batch * sizeOf(inputShape), 0);
  const memory = startPeakMemory();
  await using session = await openSession(model, { threads, provider });
  const timing = await timeRuns(async () => await session.run(inputs, [batch, ...inputShape]), options);
  return { ...timing, runtimeVersion: session.version, memoryBytes: memory?.growth() ?? null };
}

/** {@link measureModel} of a graph. @throws also those of {@link latencyModel} */
export async function measureGraph(graph: Graph, options: MeasureOptions = {}): Promise<NetworkLatency> {
  return await measureModel(latencyModel(graph), graph.nodes[graph.input]!.shape, options);
}

async function requireProvider(provider: string): Promise<void> {
  const known = await runtimeProviders();
  if (known.includes(provider)) return;
  throw new TenasError(
    'PROVIDER_UNAVAILABLE',
    `provider: onnxruntime has no ${JSON.stringify(provider)} here; it has ${known.join(', ')}`,
    { field: 'provider', value: provider },
  );
}
