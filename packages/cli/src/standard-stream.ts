import { fstatSync, writeSync } from 'node:fs';
import type { TenasError } from '@tenas/base';
// Not all of base: this file is loaded before it is known which command is wanted.
import { explainWriteError } from '@tenas/base/output-error';

/** The parts of a stream of this process that are used here. */
interface Stream {
  readonly fd: number;
  readonly isTTY?: boolean;
  write(text: string): unknown;
  on(event: 'error', listener: (error: NodeJS.ErrnoException) => void): unknown;
}

/**
 * Whether a descriptor is something other than a pipe, a socket or a terminal: Node's own stream writes files and devices
 * once and does not look whether all was taken, and takes what is written to a folder without a word.
 */
function isWrittenHere({ fd, isTTY }: Stream): boolean {
  if (isTTY) return false;
  try {
    // Not without bigint: in Node 20.20 a plain fstatSync makes later imports keep symbolic links, and a workspace
    // package is then loaded twice.
    const found = fstatSync(fd, { bigint: true });
    return !found.isFIFO() && !found.isSocket();
  } catch {
    return false;
  }
}

function writeWholeSync(fd: number, bytes: Uint8Array): void {
  for (let done = 0; done < bytes.length; ) done += writeSync(fd, bytes, done);
}

/**
 * Standard output or error. If it cannot be written, as on a full disk behind a redirection, the first failure is kept
 * and reported, and later output is dropped. A reader of a pipe that leaves early (`tenas ... | head`) is no failure.
 */
export class StandardStream {
  readonly #stream: Stream;
  readonly #direct: boolean;
  readonly #name: string;
  readonly #onFailure: (failure: TenasError) => void;
  readonly #onReaderLeft: () => void;
  #failure: TenasError | null = null;

  /** @param name for messages, `standard output` */
  constructor(
    stream: Stream,
    name: string,
    on: { readonly failure?: (failure: TenasError) => void; readonly readerLeft?: () => void } = {},
  ) {
    const { failure = () => {}, readerLeft = () => {} } = on;
    this.#stream = stream;
    this.#name = name;
    this.#onFailure = failure;
    this.#onReaderLeft = readerLeft;
    this.#direct = isWrittenHere(stream);
    stream.on('error', (error) => this.#fail(error));
  }

  /** The first failure, or null. */
  get failure(): TenasError | null {
    return this.#failure;
  }

  readonly write = (text: string): void => {
    if (this.#failure !== null) return;
    if (!this.#direct) {
      this.#stream.write(text);
      return;
    }
    try {
      writeWholeSync(this.#stream.fd, Buffer.from(text));
    } catch (error) {
      this.#fail(error as NodeJS.ErrnoException);
    }
  };

  #fail(error: NodeJS.ErrnoException): void {
    if (error.code === 'EPIPE') {
      this.#onReaderLeft();
      return;
    }
    if (this.#failure !== null) return;
    this.#failure = explainWriteError(error, this.#name);
    this.#onFailure(this.#failure);
  }
}
