import { endianness } from 'node:os';
import { create } from '@bufbuild/protobuf';
import { sizeOf } from '@tenas/graph';
import {
  type AttributeProto,
  AttributeProto_AttributeType,
  AttributeProtoSchema,
  type NodeProto,
  NodeProtoSchema,
  type TensorProto,
  TensorProto_DataType,
  TensorProtoSchema,
  TensorShapeProto_DimensionSchema,
  TensorShapeProtoSchema,
  TypeProto_TensorSchema,
  TypeProtoSchema,
  type ValueInfoProto,
  ValueInfoProtoSchema,
} from 'onnx-buf';

/** A node attribute: integers (one or several) are ONNX INT/INTS, a float is marked as such. */
export type Attribute = number | readonly number[] | { readonly float: number };

/** A tensor dimension: a fixed size or a symbol such as 'N'. */
export type Dimension = number | string;

/** Arguments for appending one ONNX node with one output. */
export interface NodeSpec {
  readonly opType: string;
  /** Wanted name of the node and of the value that it makes; made unique by a suffix when taken. */
  readonly name: string;
  readonly inputs: readonly string[];
  readonly attributes?: Readonly<Record<string, Attribute>>;
  /** Shape of a float32 output, recorded as value_info for readers such as Netron; null for other types. */
  readonly shape: readonly Dimension[] | null;
}

/**
 * Collects the nodes, initializers and value shapes of one ONNX graph. Every value has one name, given out by
 * {@link ModelWriter.claim}; names asked for twice get the suffixes `_2`, `_3`, ...
 */
export class ModelWriter {
  readonly nodes: NodeProto[] = [];
  readonly initializers: TensorProto[] = [];
  readonly valueInfo = new Map<string, ValueInfoProto>();
  readonly #names = new Set<string>();
  readonly #constants = new Map<string, string>();

  /** Whether a value of this name exists. */
  has(name: string): boolean {
    return this.#names.has(name);
  }

  /** Reserves a value name as close to `wanted` as possible and returns it. */
  claim(wanted: string): string {
    let name = wanted;
    for (let suffix = 2; this.#names.has(name); suffix++) name = `${wanted}_${suffix}`;
    this.#names.add(name);
    return name;
  }

  /** Adds a float32 initializer under an already claimed name; the data is copied. */
  floatInitializer(name: string, dims: readonly number[], data: Float32Array): void {
    const copy = Float32Array.from(data);
    this.#initializer(name, dims, TensorProto_DataType.FLOAT, new Uint8Array(copy.buffer), 4);
  }

  /** A float32 constant filled with one value; equal constants are stored once. Returns its name. */
  floatConstant(wanted: string, dims: readonly number[], value: number): string {
    return this.#shared(`f${value}[${dims}]`, wanted, (name) => {
      this.floatInitializer(name, dims, new Float32Array(sizeOf(dims)).fill(value));
    });
  }

  /** An int64 vector constant; equal constants are stored once. Returns its name. */
  intConstant(wanted: string, values: readonly number[]): string {
    return this.#shared(`i${values}`, wanted, (name) => {
      const data = BigInt64Array.from(values, BigInt);
      const bytes = new Uint8Array(data.buffer);
      this.#initializer(name, [values.length], TensorProto_DataType.INT64, bytes, 8);
    });
  }

  /** Appends a node and returns the name of its output, which is also the node's name. */
  node(spec: NodeSpec): string {
    const name = this.claim(spec.name);
    const attribute = Object.entries(spec.attributes ?? {}).map(([key, value]) =>
      encodeAttribute(key, value),
    );
    this.nodes.push(
      create(NodeProtoSchema, {
        name,
        opType: spec.opType,
        input: [...spec.inputs],
        output: [name],
        attribute,
      }),
    );
    if (spec.shape !== null) this.valueInfo.set(name, describeValue(name, spec.shape));
    return name;
  }

  /** Gives a value made by a node another, already claimed, name wherever it is used. */
  renameValue(from: string, to: string): void {
    const swap = (name: string) => (name === from ? to : name);
    for (const node of this.nodes) {
      node.input = node.input.map(swap);
      node.output = node.output.map(swap);
    }
    this.valueInfo.delete(from);
  }

  #shared(key: string, wanted: string, add: (name: string) => void): string {
    const known = this.#constants.get(key);
    if (known !== undefined) return known;
    const name = this.claim(wanted);
    this.#constants.set(key, name);
    add(name);
    return name;
  }

  #initializer(
    name: string,
    dims: readonly number[],
    dataType: number,
    rawData: Uint8Array<ArrayBuffer>,
    width: 4 | 8,
  ): void {
    // raw_data is little-endian whatever the machine.
    if (endianness() === 'BE') {
      const view = Buffer.from(rawData.buffer);
      if (width === 4) view.swap32();
      else view.swap64();
    }
    this.initializers.push(create(TensorProtoSchema, { name, dims: dims.map(BigInt), dataType, rawData }));
  }
}

/** A float32 tensor's name and shape, as graph inputs, outputs and value_info want it. */
export function describeValue(name: string, shape: readonly Dimension[]): ValueInfoProto {
  const dim = shape.map((size) =>
    create(TensorShapeProto_DimensionSchema, {
      value:
        typeof size === 'number'
          ? { case: 'dimValue', value: BigInt(size) }
          : { case: 'dimParam', value: size },
    }),
  );
  const tensorType = create(TypeProto_TensorSchema, {
    elemType: TensorProto_DataType.FLOAT,
    shape: create(TensorShapeProtoSchema, { dim }),
  });
  const type = create(TypeProtoSchema, { value: { case: 'tensorType', value: tensorType } });
  return create(ValueInfoProtoSchema, { name, type });
}

function encodeAttribute(name: string, value: Attribute): AttributeProto {
  if (typeof value === 'number') {
    return create(AttributeProtoSchema, { name, type: AttributeProto_AttributeType.INT, i: BigInt(value) });
  }
  if ('float' in value) {
    return create(AttributeProtoSchema, { name, type: AttributeProto_AttributeType.FLOAT, f: value.float });
  }
  return create(AttributeProtoSchema, {
    name,
    type: AttributeProto_AttributeType.INTS,
    ints: value.map(BigInt),
  });
}
