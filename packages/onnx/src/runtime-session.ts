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

/**
 * Loads a model in onnxruntime (CPU provider, all graph optimisations). onnxruntime itself is loaded on the first call.
 * @param threads threads within an operator; default: onnxruntime's choice, the physical cores.
 * @throws TenasError ONNXRUNTIME_UNAVAILABLE, ONNX_LOAD_FAILED (with onnxruntime's message), ONNX_RUN_FAILED.
 */
export async function openSession(
  model: Uint8Array,
  options: { readonly threads?: number | undefined } = {},
): Promise<RuntimeSession> {
  const runtime = await loadRuntime();
  let session: InferenceSession;
  try {
    session = await runtime.InferenceSession.create(model, {
      executionProviders: ['cpu'],
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

async function loadRuntime(): Promise<Runtime> {
  try {
    return await import('onnxruntime-node');
  } catch (cause) {
    throw runtimeError('ONNXRUNTIME_UNAVAILABLE', "onnxruntime-node can't be loaded on this machine", cause);
  }
}

function runtimeError(code: string, message: string, cause: unknown): TenasError {
  const reason = cause instanceof Error ? cause.message : String(cause);
  return new TenasError(code, `${message}: ${reason}`, { field: 'model', cause });
}
