import { create, toBinary } from '@bufbuild/protobuf';
import {
  type AttributeProto,
  AttributeProtoSchema,
  AttributeProto_AttributeType as AttributeType,
  GraphProtoSchema,
  ModelProtoSchema,
  NodeProtoSchema,
  OperatorSetIdProtoSchema,
  StringStringEntryProtoSchema,
  type TensorProto,
  TensorProto_DataLocation,
  TensorProto_DataType,
  TensorProtoSchema,
  TypeProto_TensorSchema,
  TypeProtoSchema,
} from 'onnx-buf';
import { type Dimension, describeValue } from '../../src/model-writer.js';
import { normalInputs } from '../../src/random-inputs.js';

/**
 * A node of a model. An input is the name of a value, `''` for the output of the node before, `name:dims` for a random
 * tensor, `i:` for whole numbers and `s:` for a single one. Default: the output of the node before.
 */
export interface GivenNode {
  readonly op: string;
  readonly name?: string;
  readonly domain?: string;
  readonly inputs?: readonly string[];
  readonly ints?: Readonly<Record<string, readonly number[]>>;
  readonly int?: Readonly<Record<string, number>>;
  readonly float?: Readonly<Record<string, number>>;
  readonly text?: Readonly<Record<string, string>>;
}

/** A model of nodes, one after the other: the input is `x`, [N, ...shape], the output that of the last one. */
export function modelOf(
  shape: readonly Dimension[],
  nodes: readonly GivenNode[],
  options: { readonly opset?: number; readonly external?: string } = {},
): Uint8Array {
  const { opset = 13, external } = options;
  const tensors = new Map<string, TensorProto>();
  const inputOf = (text: string, place: number): string => {
    if (text === '') return `v${place - 1}`;
    const [name, list] = [text.slice(0, text.lastIndexOf(':')), text.slice(text.lastIndexOf(':') + 1)];
    if (!text.includes(':')) return text;
    const own = name === 'i' || name === 's' ? text : name === 'w' ? `${name}${place}.weight` : name;
    tensors.set(own, tensorOf(own, name, list.split(',').map(Number), external));
    return own;
  };
  const node = nodes.map((given, place) =>
    create(NodeProtoSchema, {
      name: given.name ?? `n${place}`,
      opType: given.op,
      domain: given.domain ?? '',
      input: (given.inputs ?? ['']).map((text) => inputOf(text, place)),
      output: [`v${place}`],
      attribute: attributesOf(given),
    }),
  );
  return toBinary(
    ModelProtoSchema,
    create(ModelProtoSchema, {
      irVersion: opset < 10 ? 4n : 8n,
      opsetImport: [create(OperatorSetIdProtoSchema, { domain: '', version: BigInt(opset) })],
      graph: create(GraphProtoSchema, {
        name: 'given',
        node,
        initializer: [...tensors.values()],
        input: [describeValue('x', ['N', ...shape])],
        output: [unshaped(`v${nodes.length - 1}`)],
      }),
    }),
  );
}

/** An output whose shape is not said. */
function unshaped(name: string) {
  const info = describeValue(name, []);
  const elemType = TensorProto_DataType.FLOAT;
  const tensorType = create(TypeProto_TensorSchema, { elemType });
  info.type = create(TypeProtoSchema, { value: { case: 'tensorType', value: tensorType } });
  return info;
}

function tensorOf(
  name: string,
  kind: string,
  list: readonly number[],
  external: string | undefined,
): TensorProto {
  if (kind === 'i' || kind === 's') {
    const integer = kind === 'i';
    const data = integer ? BigInt64Array.from(list, BigInt) : Float32Array.from(list);
    return create(TensorProtoSchema, {
      name,
      dims: integer ? [BigInt(list.length)] : [],
      dataType: integer ? TensorProto_DataType.INT64 : TensorProto_DataType.FLOAT,
      rawData: new Uint8Array(data.buffer),
    });
  }
  const data = normalInputs(
    list.reduce((product, dim) => product * dim, 1),
    name.length,
  );
  const entries = { location: external ?? '', offset: '0', length: String(data.byteLength) };
  return create(TensorProtoSchema, {
    name,
    dims: list.map(BigInt),
    dataType: TensorProto_DataType.FLOAT,
    ...(external === undefined
      ? { rawData: new Uint8Array(Float32Array.from(data).buffer) }
      : {
          dataLocation: TensorProto_DataLocation.EXTERNAL,
          externalData: Object.entries(entries).map(([key, value]) =>
            create(StringStringEntryProtoSchema, { key, value }),
          ),
        }),
  });
}

function attributesOf({ ints = {}, int = {}, float = {}, text = {} }: GivenNode): AttributeProto[] {
  const of = (name: string, rest: object) => create(AttributeProtoSchema, { name, ...rest });
  return [
    ...Object.entries(ints).map(([name, list]) =>
      of(name, { type: AttributeType.INTS, ints: list.map(BigInt) }),
    ),
    ...Object.entries(int).map(([name, i]) => of(name, { type: AttributeType.INT, i: BigInt(i) })),
    ...Object.entries(float).map(([name, f]) => of(name, { type: AttributeType.FLOAT, f })),
    ...Object.entries(text).map(([name, s]) =>
      of(name, { type: AttributeType.STRING, s: new TextEncoder().encode(s) }),
    ),
  ];
}
