import { describeValue, TenasError } from '@tenas/base';
import {
  type AttributeProto,
  AttributeProto_AttributeType,
  type NodeProto,
  type TensorProto,
} from 'onnx-buf';
import { oneLine } from '../visible-text.js';

/** Longest name in a message. */
const LONGEST = 120;

/** A name from a file, for messages. */
export function shownName(name: string): string {
  return oneLine(name, LONGEST);
}

/** A node of an ONNX graph, and its attributes by name and type. */
export class OnnxNode {
  readonly opType: string;
  readonly inputs: readonly string[];
  readonly outputs: readonly string[];
  /** Its own name, else that of its first output. */
  readonly name: string;
  readonly #attributes = new Map<string, AttributeProto>();

  /**
   * @param opset version of the default operator set
   * @throws TenasError ONNX_UNSUPPORTED for an operator of another set
   */
  constructor(
    proto: NodeProto,
    index: number,
    readonly opset: number,
  ) {
    this.opType = proto.opType;
    this.inputs = proto.input;
    this.outputs = proto.output;
    this.name = proto.name || proto.output[0] || `node ${index}`;
    for (const attribute of proto.attribute) this.#attributes.set(attribute.name, attribute);
  }

  /** Names of the attributes that it has. */
  get attributes(): Iterable<string> {
    return this.#attributes.keys();
  }

  /** A whole number. */
  int(name: string, fallback: number): number {
    const found = this.#find(name, AttributeProto_AttributeType.INT);
    return found === undefined ? fallback : this.#whole(found.i);
  }

  /** Whole numbers; undefined: there is no such attribute. */
  ints(name: string): readonly number[] | undefined {
    return this.#find(name, AttributeProto_AttributeType.INTS)?.ints.map(this.#whole);
  }

  /** A number in single precision. */
  float(name: string, fallback: number): number {
    return this.#find(name, AttributeProto_AttributeType.FLOAT)?.f ?? fallback;
  }

  /** Text. */
  text(name: string, fallback: string): string {
    const found = this.#find(name, AttributeProto_AttributeType.STRING);
    return found === undefined ? fallback : new TextDecoder().decode(found.s);
  }

  tensor(name: string): TensorProto | undefined {
    return this.#find(name, AttributeProto_AttributeType.TENSOR)?.t;
  }

  /** Refuses what ONNX allows and the engine does not have. @throws TenasError ONNX_UNSUPPORTED */
  refuse(field: string, value: unknown, wanted: string): never {
    throw new TenasError(
      'ONNX_UNSUPPORTED',
      `${this.#shown()}: ${field} is ${describeValue(value)}; supported is ${wanted}`,
      { field: `${this.name}.${field}`, value },
    );
  }

  /** Refuses what cannot be. @throws TenasError ONNX_INVALID */
  invalid(problem: string): never {
    throw new TenasError('ONNX_INVALID', `not a valid ONNX model: ${this.#shown()} ${problem}`, {
      field: this.name,
    });
  }

  #shown(): string {
    return `node '${shownName(this.name)}' (${shownName(this.opType)})`;
  }

  #find(name: string, type: AttributeProto_AttributeType): AttributeProto | undefined {
    const found = this.#attributes.get(name);
    if (found === undefined || found.type === type) return found;
    return this.invalid(`has the attribute ${name} of type ${found.type}; it must be of type ${type}`);
  }

  /** Beyond 53 bits a number only says "to the end". */
  #whole(value: bigint): number {
    return Math.min(Math.max(Number(value), Number.MIN_SAFE_INTEGER), Number.MAX_SAFE_INTEGER);
  }
}
