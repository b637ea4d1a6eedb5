import { TenasError } from '@tenas/base';
import type { InferenceSession } from 'onnxruntime-node';

type Runtime = typeof import('onnxruntime-node');

/** A model loaded in onnxruntime with one input and one output. */
export interface RuntimeSession extends AsyncDisposable {
  readonly version: string;
  /** Runs a batch: [batch, C, H, W] row-major in, the output's values and shape out. */
  run(
    inputs: Float32Array,
    shape: readonly number[],
  ): Promise<{ data: Float32Array; shape: readonly number[] }>;
}

/** Settings of {@link openSession}. */
export interface SessionOptions {
  /** Threads within an operator; default: onnxruntime's choice, the physical cores. */
  readonly threads?: number | undefined;
  /** The execution provider, one of {@link runtimeProviders}. Default `cpu`. */
  readonly provider?: string | undefined;
}

/** The execution providers that onnxruntime has on this machine, `cpu` among them. @throws TenasError ONNXRUNTIME_UNAVAILABLE */
export async function runtimeProviders(): Promise<readonly string[]> {
  const { listSupportedBackends } = await loadRuntime();
  return listSupportedBackends()
    .filter(({ bundled }) => bundled)
    .map(({ name }) => name);
}

/**
 * Loads a model in onnxruntime with all graph optimisations. onnxruntime itself is loaded on the first call.
 * @param model its bytes, or the path of its file, beside which external data may lie
 * @throws TenasError ONNXRUNTIME_UNAVAILABLE, ONNX_LOAD_FAILED (with onnxruntime's message), ONNX_RUN_FAILED.
 */
export async function openSession(
  model: Uint8Array | string,
  options: SessionOptions = {},
): Promise<RuntimeSession> {
  const runtime = await loadRuntime();
  let session: InferenceSession;
  try {
    session = await open(runtime, model, {
      executionProviders: [options.provider ?? 'cpu'],
      graphOptimizationLevel: 'all',
      logSeverityLevel: 3,
      ...(options.threads === undefined ? {} : { intraOpNumThreads: options.threads }),
    });
  } catch (cause) {
    throw runtimeError('ONNX_LOAD_FAILED', 'onnxruntime refuses the model', cause);
  }
  const [input] = session.inputNames;
  const [output] = session.outputNames;
  if (
    input === undefined ||
    output === undefined ||
    session.inputNames.length + session.outputNames.length > 2
  ) {
    await session.release();
    throw new TenasError('ONNX_MISMATCH', 'the model must have exactly one input and one output', {
      field: 'model',
      value: { inputs: session.inputNames, outputs: session.outputNames },
    });
  }
  return {
    version: runtime.env.versions.node ?? 'unknown',
    run: async (inputs, shape) => {
      let result: InferenceSession.OnnxValueMapType;
      try {
        result = await session.run({ [input]: new runtime.Tensor('float32', inputs, shape) });
      } catch (cause) {
        throw runtimeError('ONNX_RUN_FAILED', 'onnxruntime failed to run the model', cause);
      }
      const value = result[output];
      if (value === undefined || !(value.data instanceof Float32Array)) {
        throw new TenasError('ONNX_MISMATCH', `the output ${output} is not float32`, { field: output });
      }
      return { data: value.data, shape: value.dims };
    },
    [Symbol.asyncDispose]: () => session.release(),
  };
}

/** The same call for bytes and for a path: its declarations have no union of both. */
async function open(
  runtime: Runtime,
  model: Uint8Array | string,
  options: InferenceSession.SessionOptions,
): Promise<InferenceSession> {
  const { InferenceSession: sessions } = runtime;
  return typeof model === 'string'
    ? await sessions.create(model, options)
    : await sessions.create(model, options);
}

async function loadRuntime(): Promise<Runtime> {
  // Its builds for Linux and macOS else write an identifier of the machine into the home, and send it with what they did.
  process.env.ORT_DISABLE_TELEMETRY ??= '1';
  try {
    return await import('onnxruntime-node');
  } catch (cause) {
    const [reason] = (cause instanceof Error ? cause.message : String(cause)).split('\n');
    throw new TenasError(
      'ONNXRUNTIME_UNAVAILABLE',
      `onnxruntime-node can't be loaded: ${reason}; get it with: npm install --ignore-scripts onnxruntime-node@1.30.0`,
      { field: 'model', cause },
    );
  }
}

function runtimeError(code: string, message: string, cause: unknown): TenasError {
  const [reason] = (cause instanceof Error ? cause.message : String(cause)).split('\n');
  return new TenasError(code, `${message}: ${reason}`, { field: 'model', cause });
}
