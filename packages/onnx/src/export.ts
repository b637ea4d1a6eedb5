import { create, toBinary } from '@bufbuild/protobuf';
import { checkInteger, TenasError } from '@tenas/base';
import { checkCoefficients, type Graph, nodeParams, type ParamId, sizeOf } from '@tenas/graph';
import {
  GraphProtoSchema,
  ModelProtoSchema,
  OperatorSetIdProtoSchema,
  StringStringEntryProtoSchema,
} from 'onnx-buf';
import { type Dimension, describeValue, ModelWriter } from './model-writer.js';
import { DEFAULT_OPSET, irVersionOf, requireOpset } from './opsets.js';
import { BATCH, translateGraph } from './translate.js';
import { verifyModel } from './verify-model.js';
import { offsetsIn } from './weight-offsets.js';
import { writtenNodes, zeroNodes } from './zero-values.js';

/** Name that the exported model declares as its producer. */
export const PRODUCER_NAME = 'tenas';

/** A protobuf message, and so a model without external data, ends at 2 GiB. */
const MAX_MODEL_BYTES = 2 ** 31 - 1;

/** Images in a batch of a fixed size. */
const MAX_BATCH = 65_536;

/** Settings of {@link exportOnnx}; everything may be left out. */
export interface ExportOptions {
  /** ONNX opset, 17 (default) to 24. */
  readonly opset?: number | undefined;
  /** Name of the input tensor, float32 [N, C, H, W]. Default `input`. */
  readonly inputName?: string | undefined;
  /** Name of the output tensor, float32 [N, classes] ([N, C, H, W] if the graph ends in a feature map). Default `logits`. */
  readonly outputName?: string | undefined;
  /** Name of the ONNX graph. Default `network`. */
  readonly graphName?: string | undefined;
  /** Key-value pairs for the model's metadata_props; see `modelMetadata`. */
  readonly metadata?: Readonly<Record<string, string>> | undefined;
  /** What the model is, for people; see `modelDescription`. Default empty. */
  readonly docString?: string | undefined;
  /** Namespace of the model. Default `tenas`. */
  readonly domain?: string | undefined;
  /** Version of the producer, e.g. that of the command line tool. Default empty. */
  readonly producerVersion?: string | undefined;
  /**
   * Images in every batch, for runtimes without sizes that are open. Zeros are then constants. Default: any number,
   * the dimension `N`.
   */
  readonly batch?: number | undefined;
  /** Mixing coefficients, one for each of `graph.slots`; needed if the graph has slots. */
  readonly coefficients?: ArrayLike<number> | undefined;
}

/**
 * Translates a graph and its weights into an ONNX model with a dynamic batch dimension `N`, or a fixed batch, and batch normalisation in
 * eval mode (running statistics). Initializers carry the parameters' `state_dict` names, nodes the graph's names;
 * nodes that don't reach the output, or only through a coefficient of 0, are left out with their parameters, and so is
 * what computes nothing but zeros.
 *
 * @param weights all parameters concatenated in `graph.params` order, row-major (`packWeights`, `Program.seededWeights`).
 * @returns the encoded ModelProto.
 * @throws TenasError WEIGHTS_INVALID (length, not finite, a negative running variance), OPSET_UNSUPPORTED,
 *   OPTIONS_INVALID (names, metadata), COEFFICIENTS_INVALID, MODEL_TOO_LARGE (2 GiB).
 */
export function exportOnnx(graph: Graph, weights: Float32Array, options: ExportOptions = {}): Uint8Array {
  const opset = requireOpset(options.opset ?? DEFAULT_OPSET);
  const inputName = requireName('inputName', options.inputName ?? 'input');
  const outputName = requireName('outputName', options.outputName ?? 'logits');
  const graphName = requireName('graphName', options.graphName ?? 'network');
  if (inputName === outputName) {
    throw optionError('outputName', outputName, 'input and output need different names');
  }
  const coefficients = Float64Array.from(options.coefficients ?? []);
  checkCoefficients(graph, coefficients);
  const coefficient = (slot: number) => (slot < 0 ? 1 : coefficients[slot]!);
  const zero = zeroNodes(graph, coefficient);
  // Only what the output needs; the input stays in the model's signature even if nothing reads it.
  const live = writtenNodes(graph, { zero, coefficient, roots: [graph.output, graph.input] });

  const batch =
    options.batch === undefined
      ? BATCH
      : checkInteger('batch', options.batch, 1, MAX_BATCH, 'OPTIONS_INVALID');
  const writer = new ModelWriter();
  writer.claim(inputName);
  writer.claim(outputName);
  addParameters(graph, weights, { live, zero }, writer);
  const parameter = (id: ParamId) => graph.params[id]!.name;
  const result = translateGraph({ graph, live, zero, coefficient, parameter, inputName, batch }, writer);

  const [channels, height, width] = graph.nodes[graph.output]!.shape;
  const outputShape: Dimension[] =
    height === 1 && width === 1 ? [batch, channels] : [batch, channels, height, width];
  // The input or a constant keeps its name.
  if (result === inputName || !writer.valueInfo.has(result)) {
    const copy = writer.node({ name: 'output', opType: 'Identity', inputs: [result], shape: outputShape });
    writer.renameValue(copy, outputName);
  } else {
    writer.renameValue(result, outputName);
  }

  const model = create(ModelProtoSchema, {
    irVersion: BigInt(irVersionOf(opset)),
    opsetImport: [create(OperatorSetIdProtoSchema, { domain: '', version: BigInt(opset) })],
    producerName: PRODUCER_NAME,
    producerVersion: options.producerVersion ?? '',
    domain: options.domain ?? PRODUCER_NAME,
    docString: options.docString ?? '',
    graph: create(GraphProtoSchema, {
      name: graphName,
      node: writer.nodes,
      initializer: writer.initializers,
      input: [describeValue(inputName, [batch, ...graph.nodes[graph.input]!.shape])],
      output: [describeValue(outputName, outputShape)],
      valueInfo: [...writer.valueInfo.values()],
    }),
    metadataProps: metadataEntries(options.metadata ?? {}),
  });
  verifyModel(model);
  return toBinary(ModelProtoSchema, model);
}

function addParameters(
  graph: Graph,
  weights: Float32Array,
  { live, zero }: { readonly live: readonly boolean[]; readonly zero: readonly boolean[] },
  writer: ModelWriter,
): void {
  const offsets = offsetsIn(graph, weights);
  const used = new Set(graph.nodes.filter(({ id }) => live[id] && !zero[id]).flatMap(nodeParams));
  const bytes = graph.params.reduce(
    (sum, param) => sum + (used.has(param.id) ? 4 * sizeOf(param.shape) : 0),
    0,
  );
  if (bytes > MAX_MODEL_BYTES) {
    throw new TenasError('MODEL_TOO_LARGE', `${bytes} bytes of weights; an ONNX file holds less than 2 GiB`, {
      field: 'weights',
      value: bytes,
    });
  }
  for (const param of graph.params) {
    if (!used.has(param.id)) continue;
    const start = offsets[param.id]!;
    const data = weights.subarray(start, start + sizeOf(param.shape));
    const wrong = data.findIndex(
      (value) => !Number.isFinite(value) || (param.kind === 'bnRunningVar' && value < 0),
    );
    if (wrong >= 0) {
      const allowed = param.kind === 'bnRunningVar' ? 'finite and not negative' : 'finite';
      throw new TenasError(
        'WEIGHTS_INVALID',
        `value ${wrong} of parameter ${param.name} is ${data[wrong]}; it must be ${allowed}`,
        { field: param.name, value: data[wrong] },
      );
    }
    if (writer.has(param.name)) {
      throw optionError(
        'inputName',
        param.name,
        'a parameter has this name; call the input and output otherwise',
      );
    }
    writer.floatInitializer(writer.claim(param.name), param.shape, data);
  }
}

function metadataEntries(metadata: Readonly<Record<string, string>>) {
  return Object.entries(metadata).map(([key, value]) => {
    if (key === '') throw optionError('metadata', key, 'a metadata key is empty');
    if (typeof value !== 'string') {
      throw optionError(`metadata.${key}`, value, 'metadata values are strings; encode others as JSON');
    }
    return create(StringStringEntryProtoSchema, { key, value });
  });
}

function requireName(field: string, name: string): string {
  if (name.trim() === '') throw optionError(field, name, 'a name must not be empty');
  return name;
}

function optionError(field: string, value: unknown, message: string): TenasError {
  return new TenasError('OPTIONS_INVALID', `${field}: ${message}`, { field, value });
}
