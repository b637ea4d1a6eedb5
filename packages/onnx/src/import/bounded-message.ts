import type { DescMessage } from '@bufbuild/protobuf';
import { TenasError } from '@tenas/base';

/** Deepest nesting of messages. A tensor in an attribute of a node is five deep. */
const DEEPEST = 16;
/** Most messages, texts and whole numbers of a file; the largest graph that is read needs 3 million. */
const MOST_ITEMS = 4_000_000;
/** Most numbers that are stored one by one instead of as raw bytes: in memory each takes 8 bytes or more. */
const MOST_LISTED = 1 << 26;

/** Wire types of protobuf. Groups, 3 and 4, are in no ONNX file. */
const VARINT = 0;
const FIXED64 = 1;
const BYTES = 2;
const FIXED32 = 5;

interface Frame {
  readonly message: DescMessage;
  readonly end: number;
}

/**
 * Walks through an encoded protobuf message, without decoding it, and refuses one that would take far more memory than
 * its bytes, or that nests deeper than an ONNX file does. The decoder makes an object for each message and item.
 *
 * @throws TenasError ONNX_UNREADABLE where the bytes are no such message; ONNX_TOO_LARGE
 */
export function checkBounded(message: DescMessage, bytes: Uint8Array): void {
  const walk = new Walk(bytes);
  const open: Frame[] = [{ message, end: bytes.length }];
  while (open.length > 0) {
    const frame = open.at(-1)!;
    if (walk.position >= frame.end) {
      open.pop();
      continue;
    }
    const inner = walk.field(frame);
    if (inner === null) continue;
    if (open.length >= DEEPEST) throw unreadable(`messages are nested more than ${DEEPEST} deep`);
    open.push(inner);
  }
}

class Walk {
  position = 0;
  #items = 0;
  #listed = 0;

  constructor(private readonly bytes: Uint8Array) {}

  /** Steps over a field; over the beginning of one that is a message, which it returns. */
  field({ message, end }: Frame): Frame | null {
    const tag = this.#varint(end);
    const wire = tag % 8;
    const field = message.fields.find(({ number }) => number === Math.floor(tag / 8));
    this.#count(1);
    if (wire === VARINT) this.#varint(end);
    else if (wire === FIXED64) this.#skip(8, end);
    else if (wire === FIXED32) this.#skip(4, end);
    else if (wire !== BYTES) throw unreadable(`a field has the wire type ${wire}`);
    if (wire !== BYTES) {
      if (field?.message !== undefined) throw unreadable(`${field.name} is no message`);
      return null;
    }
    const length = this.#varint(end);
    const stop = this.position + length;
    if (stop > end) throw unreadable('it ends within a field');
    if (field?.message !== undefined) return { message: field.message, end: stop };
    if (field?.fieldKind === 'list') this.#packed(field.scalar, stop);
    this.position = stop;
    return null;
  }

  /** Counts the numbers of a list that is stored without gaps. */
  #packed(scalar: number | undefined, stop: number): void {
    switch (scalar) {
      case STRING:
      case RAW:
        return;
      case DOUBLE:
      case FLOAT:
        this.#listed += Math.floor((stop - this.position) / (scalar === DOUBLE ? 8 : 4));
        if (this.#listed > MOST_LISTED)
          throw tooLarge(`more than ${MOST_LISTED} numbers one by one; store tensors as raw data`);
        return;
      default:
        while (this.position < stop) {
          this.#varint(stop);
          this.#count(1);
        }
    }
  }

  #count(items: number): void {
    this.#items += items;
    if (this.#items > MOST_ITEMS) throw tooLarge(`more than ${MOST_ITEMS} fields`);
  }

  #skip(length: number, end: number): void {
    this.position += length;
    if (this.position > end) throw unreadable('it ends within a field');
  }

  /** A whole number of up to 64 bits; above 53 bits its value is not exact, which no length may be. */
  #varint(end: number): number {
    let value = 0;
    for (let factor = 1, read = 0; read < 10; factor *= 128, read++) {
      if (this.position >= end) throw unreadable('it ends within a number');
      const byte = this.bytes[this.position++]!;
      value += (byte % 128) * factor;
      if (byte < 128) return value;
    }
    throw unreadable('a number is longer than 64 bits');
  }
}

/** Scalar types of protobuf that are no varints, by their numbers. */
const DOUBLE = 1;
const FLOAT = 2;
const STRING = 9;
const RAW = 12;

function unreadable(problem: string): TenasError {
  return new TenasError('ONNX_UNREADABLE', `not an ONNX model: ${problem}`, { field: 'model' });
}

function tooLarge(problem: string): TenasError {
  return new TenasError('ONNX_TOO_LARGE', `the ONNX model holds ${problem}`, { field: 'model' });
}
