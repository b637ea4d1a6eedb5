import { fromBinary } from '@bufbuild/protobuf';
import { TenasError } from '@tenas/base';
import { type ModelProto, ModelProtoSchema, type ValueInfoProto } from 'onnx-buf';
import { checkBounded } from './import/bounded-message.js';

/** Name and shape of a model input or output; a dynamic dimension is its symbol. */
export interface TensorSummary {
  readonly name: string;
  readonly shape: readonly (number | string)[];
}

/** The description of an ONNX file, without running it. */
export interface ModelSummary {
  readonly irVersion: number;
  /** Version of the default operator set. */
  readonly opset: number;
  readonly producerName: string;
  readonly producerVersion: string;
  readonly domain: string;
  readonly docString: string;
  readonly metadata: Readonly<Record<string, string>>;
  readonly inputs: readonly TensorSummary[];
  readonly outputs: readonly TensorSummary[];
  /** Nodes in order: name and operator. */
  readonly nodes: readonly { readonly name: string; readonly opType: string }[];
  /** Initializers (parameters and constants): name and dimensions. */
  readonly initializers: readonly { readonly name: string; readonly shape: readonly number[] }[];
}

/**
 * Decodes an ONNX model.
 * @throws TenasError ONNX_UNREADABLE if the bytes are not an ONNX model; ONNX_TOO_LARGE if it would take far more memory
 *   than its bytes.
 */
export function decodeModel(bytes: Uint8Array): ModelProto {
  let model: ModelProto;
  checkBounded(ModelProtoSchema, bytes);
  try {
    model = fromBinary(ModelProtoSchema, bytes, { readUnknownFields: false });
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new TenasError('ONNX_UNREADABLE', `not an ONNX model: ${reason}`, { field: 'model', cause });
  }
  if (model.graph === undefined || model.irVersion <= 0n) {
    throw new TenasError('ONNX_UNREADABLE', 'not an ONNX model: it has no graph or no IR version', {
      field: 'model',
    });
  }
  return model;
}

/**
 * Reads versions, metadata, inputs, outputs, nodes and initializers of an ONNX model.
 * @throws TenasError ONNX_UNREADABLE if the bytes are not an ONNX model.
 */
export function summarizeModel(bytes: Uint8Array): ModelSummary {
  const model = decodeModel(bytes);
  const graph = model.graph!;
  const initializers = graph.initializer.map(({ name, dims }) => ({ name, shape: dims.map(Number) }));
  const stored = new Set(initializers.map(({ name }) => name));
  return {
    irVersion: Number(model.irVersion),
    opset: Number(
      model.opsetImport.find(({ domain }) => domain === '' || domain === 'ai.onnx')?.version ?? 0n,
    ),
    producerName: model.producerName,
    producerVersion: model.producerVersion,
    domain: model.domain,
    docString: model.docString,
    metadata: Object.fromEntries(model.metadataProps.map(({ key, value }) => [key, value])),
    // Old models list their initializers among the inputs.
    inputs: graph.input.filter(({ name }) => !stored.has(name)).map(summarizeTensor),
    outputs: graph.output.map(summarizeTensor),
    nodes: graph.node.map(({ name, opType }) => ({ name, opType })),
    initializers,
  };
}

function summarizeTensor(info: ValueInfoProto): TensorSummary {
  const type = info.type?.value;
  const dims = type?.case === 'tensorType' ? (type.value.shape?.dim ?? []) : [];
  const shape = dims.map(({ value }) =>
    value.case === 'dimValue' ? Number(value.value) : (value.value ?? '?'),
  );
  return { name: info.name, shape };
}
