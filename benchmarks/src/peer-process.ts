import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { inputShape, randomInputs, type Subject } from '@tenas/cli';
import {
  type Graph,
  paramOffsets,
  readSafetensors,
  sizeOf,
  type Tensor,
  writeSafetensors,
} from '@tenas/graph';
import type { Program } from '@tenas/native';
import { benchmarksFolder } from './paths.js';

/** Debian's interpreter: the only one that sees Debian's packages. */
export const PYTHON = '/usr/bin/python3';
const PACKAGE = 'python3-torch';

function hasTorch(): boolean {
  try {
    execFileSync(PYTHON, ['-c', 'import torch'], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
}

/** Installs PyTorch from Debian if it is not there. @throws Error saying what to do where that cannot be done */
export function ensureTorch(say: (text: string) => void): void {
  if (hasTorch()) return;
  say(`PyTorch is missing: installing it with apt-get install -y ${PACKAGE} (about 300 MB)`);
  try {
    execFileSync('apt-get', ['install', '-y', '--no-install-recommends', PACKAGE], {
      stdio: ['ignore', 'ignore', 'inherit'],
      env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive' },
    });
  } catch (cause) {
    throw new Error(`${PACKAGE} could not be installed; as root: apt-get install -y ${PACKAGE}`, { cause });
  }
  if (!hasTorch()) throw new Error(`${PYTHON} does not find PyTorch after the installation of ${PACKAGE}`);
}

/** An answer of the peer; `error` if the request failed. */
export interface PeerAnswer {
  readonly error?: string;
  readonly seconds?: number;
  readonly regions?: number;
  readonly neurons?: number;
  /** Of `train`, by step, or by network. */
  readonly losses?: readonly number[];
  readonly stepSeconds?: readonly number[];
  /** Of `metric`; null if it is not finite. */
  readonly value?: number | null;
  /** Of `metrics`. */
  readonly names?: readonly string[];
  /** Of `memory`. */
  readonly bytes?: number;
  readonly torch?: string;
  readonly threads?: number;
}

/** A running `peer/peer.py`, asked one thing at a time. */
export class PeerProcess implements AsyncDisposable {
  readonly #child: ChildProcess;
  readonly #answers: AsyncIterator<string>;

  /** @param threads of PyTorch */
  constructor(threads: number) {
    const script = join(benchmarksFolder, 'peer/peer.py');
    this.#child = spawn(PYTHON, [script, String(threads)], {
      stdio: ['pipe', 'pipe', 'inherit'],
      env: { ...process.env, PYTHONDONTWRITEBYTECODE: '1' },
    });
    this.#answers = createInterface({ input: this.#child.stdout! })[Symbol.asyncIterator]();
  }

  /** @throws Error if the peer died */
  async ask(request: object): Promise<PeerAnswer> {
    this.#child.stdin!.write(`${JSON.stringify(request)}\n`);
    const { value, done } = await this.#answers.next();
    if (done) throw new Error('the PyTorch peer ended; its error is above');
    return JSON.parse(value) as PeerAnswer;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#child.stdin!.end();
    await new Promise((resolve) => {
      if (this.#child.exitCode !== null) resolve(null);
      else this.#child.once('close', resolve);
    });
  }
}

/** Parameters by name, as the peer's modules are to hold them: all but running statistics. */
export function namedTensors(graph: Graph, values: Float32Array): Map<string, Tensor> {
  const { offsets } = paramOffsets(graph);
  const trainable = graph.params.filter(({ kind }) => kind !== 'bnRunningMean' && kind !== 'bnRunningVar');
  return new Map(
    trainable.map(({ id, name, shape }) => {
      const start = offsets[id]!;
      return [name, { dtype: 'F32', shape, data: values.slice(start, start + sizeOf(shape)) }];
    }),
  );
}

/** Writes the weights and inputs that the evaluation with a seed uses, as the peer reads them. @returns the inputs */
export function writeForPeer(
  path: string,
  options: { readonly subject: Subject; readonly program: Program; readonly seed: number },
): Float32Array {
  const { subject, program, seed } = options;
  const inputs = randomInputs(subject, seed);
  const weights = program.seededWeights({ seed, repeat: 0, init: subject.init });
  const tensors = namedTensors(subject.graph, weights);
  tensors.set('input', { dtype: 'F32', shape: inputShape(subject), data: inputs });
  writeFileSync(path, writeSafetensors(tensors));
  return inputs;
}

/** The kernel that the peer wrote. */
export function readKernel(path: string): Float64Array {
  const kernel = readSafetensors(readFileSync(path)).tensors.get('kernel');
  if (!(kernel?.data instanceof Float64Array)) throw new Error(`${path}: no kernel in double precision`);
  return kernel.data;
}
