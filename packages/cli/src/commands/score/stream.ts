import { isRecord, standardInput, TenasError } from '@tenas/base';
import type { ImageSource } from '@tenas/data';
import type { IndexTable } from '@tenas/evaluation';
import { type ArchitectureScore, Evaluator, type EvaluatorOptions, metricInfo } from '@tenas/metrics';
import {
  parseDocument,
  parseJsonText,
  type ScoreLine,
  scoreDocument,
  scoreRequestSchema,
} from '@tenas/records';
import { isolateFailures } from '@tenas/runner';
import { type FoundArchitecture, findArchitecture, namedIndex, type Space } from '@tenas/spaces';
import { type ExitCode, exitCodes } from '../../exit-codes.js';
import { explain } from '../../failures.js';
import { type InputLine, inputLines } from '../../input-lines.js';
import { type Io, jsonText } from '../../io.js';
import type { PredictLatency } from '../../latency-model.js';
import type { PlugIns } from '../../plug-ins.js';
import { Gathered } from './gathered.js';

/** Bytes of a request: several times the longest architecture that is read. */
const LONGEST_LINE = 2 ** 18;
/** Milliseconds that a request waits for others, to be evaluated with them. */
const WINDOW = 5;
/** Requests that are evaluated together. */
const LARGEST_CHUNK = 128;

/** How `tenas score --stdin` scores. */
export interface StreamOptions extends Omit<EvaluatorOptions, 'space' | 'source' | 'weights'> {
  readonly source: ImageSource;
  /** The space of all architectures; undefined: the one that can read each. */
  readonly space: Space | undefined;
  /** Reads `index:NUMBER`. */
  readonly indexTable: IndexTable | undefined;
  readonly plugIns: PlugIns;
  /** Predicts latencies of architectures of {@link space}; undefined: nothing does. */
  readonly predict: PredictLatency | undefined;
  /** Whether answers come as they are ready, and not in the order of the requests. */
  readonly unordered: boolean;
}

/** What an answer has of its request. */
interface Asked {
  readonly line: number;
  readonly id?: string | number;
}

/** A request that was understood, in its place among all. */
interface Request extends FoundArchitecture {
  readonly place: number;
  readonly asked: Asked;
}

/**
 * Scores the architectures that come as JSON lines, and writes a line for each as soon as it is ready.
 * @returns 1 if a line was answered by an error
 * @throws TenasError of the evaluator's settings; the signal's reason
 */
export async function scoreStream(options: StreamOptions, io: Io): Promise<ExitCode> {
  // A reader that has left needs no more answers.
  const unread = io.unread ?? new AbortController().signal;
  const ended = new AbortController();
  const signal = AbortSignal.any([io.signal, unread, ended.signal]);
  const answers = new Answers(io, options.unordered);
  const gathered = new Gathered<Request>(WINDOW, LARGEST_CHUNK);
  using scorers = new Scorers(options, io);
  const read = async (): Promise<void> => {
    let place = 0;
    for await (const line of inputLines((io.input ?? standardInput)(), LONGEST_LINE, signal)) {
      if (line.text?.trim() === '') continue;
      const understood = understand(line, place, options);
      if ('error' in understood) answers.give(place, understood.asked, { error: understood.error });
      else await gathered.give(understood);
      place++;
    }
    gathered.close();
  };
  const work = async (): Promise<void> => {
    for (;;) {
      const requests = await gathered.take();
      if (requests.length === 0) return;
      for (const space of new Set(requests.map((request) => request.space))) {
        const some = requests.filter((request) => request.space === space);
        const outcomes = await isolateFailures(some, (part) => scorers.score(space, part, signal), signal);
        for (const [index, outcome] of outcomes.entries()) {
          const { place, asked } = some[index]!;
          answers.give(place, asked, outcome.ok ? outcome.value : { error: outcome.error });
        }
      }
    }
  };
  try {
    await Promise.all([read(), work()]);
    return answers.failed ? exitCodes.checkFailed : exitCodes.ok;
  } catch (error) {
    if (unread.aborted && !io.signal.aborted) return exitCodes.ok;
    throw error;
  } finally {
    ended.abort();
  }
}

/** A request, or why it is none; the number and the id are kept where they can be read. */
function understand(
  { number, text }: InputLine,
  place: number,
  { space, indexTable }: StreamOptions,
): Request | { readonly asked: Asked; readonly error: unknown } {
  let asked: Asked = { line: number };
  try {
    const from = `line ${number}`;
    if (text === null) {
      throw new TenasError('OPTION_INVALID', `${from}: has more than ${LONGEST_LINE} bytes`, {
        field: 'line',
      });
    }
    const json = parseJsonText(text, from);
    const id = isRecord(json) ? scoreRequestSchema.shape.id.safeParse(json.id).data : undefined;
    if (id !== undefined) asked = { ...asked, id };
    const { architecture } = parseDocument(scoreRequestSchema, json, from, 'a request');
    const index = namedIndex(architecture);
    const named = index === null ? undefined : indexTable?.textOf(index);
    return { ...findArchitecture(named ?? architecture, space?.name), place, asked };
  } catch (error) {
    return { asked, error };
  }
}

/** An evaluator for each space that was asked about. */
class Scorers implements Disposable {
  readonly #options: StreamOptions;
  readonly #io: Io;
  readonly #evaluators = new Map<string, Evaluator>();

  constructor(options: StreamOptions, io: Io) {
    this.#options = options;
    this.#io = io;
    // Settings that do not fit are found before a request comes.
    if (options.space !== undefined) this.#evaluator(options.space);
  }

  /** @throws TenasError where a metric does not fit the space; NativeError; the signal's reason */
  async score(
    space: Space,
    requests: readonly Request[],
    signal: AbortSignal,
  ): Promise<Record<string, unknown>[]> {
    const { source, plugIns, predict } = this.#options;
    const evaluator = this.#evaluator(space);
    const about = {
      plugins: plugIns.recorded(),
      dataset: { name: source.name, fingerprint: source.fingerprint },
      metrics: evaluator.metrics.map(metricInfo),
    };
    const architectures = requests.map(({ architecture }) => architecture);
    const latencies = architectures.map((architecture) =>
      predict === undefined ? {} : { latency: predict(architecture) },
    );
    const scores = await evaluator.score(architectures, { signal });
    return scores.map((score: ArchitectureScore, place) =>
      scoreDocument({ ...score, ...about, ...latencies[place] }),
    );
  }

  #evaluator(space: Space): Evaluator {
    const {
      unordered: _,
      indexTable: _table,
      plugIns: _plugIns,
      predict: _predict,
      ...options
    } = this.#options;
    const onNote = (note: string): void => this.#io.err(`note: ${note}\n`);
    const evaluator = this.#evaluators.get(space.name) ?? new Evaluator({ ...options, space, onNote });
    this.#evaluators.set(space.name, evaluator);
    return evaluator;
  }

  [Symbol.dispose](): void {
    for (const evaluator of this.#evaluators.values()) evaluator[Symbol.dispose]();
  }
}

/** Writes the answers, one line each. */
class Answers {
  readonly #io: Io;
  readonly #unordered: boolean;
  /** Answers that wait for earlier ones, by place. */
  readonly #early = new Map<number, string>();
  #next = 0;
  failed = false;

  constructor(io: Io, unordered: boolean) {
    this.#io = io;
    this.#unordered = unordered;
  }

  give(place: number, asked: Asked, answer: Record<string, unknown> | { readonly error: unknown }): void {
    const failed = 'error' in answer;
    this.failed ||= failed;
    const line = { ...asked, ...(failed ? { error: explain(answer.error).failure } : answer) };
    const text = `${jsonText(line satisfies Partial<ScoreLine>)}\n`;
    if (this.#unordered) {
      this.#io.out(text);
      return;
    }
    this.#early.set(place, text);
    for (let ready = this.#early.get(this.#next); ready !== undefined; ready = this.#early.get(this.#next)) {
      this.#early.delete(this.#next++);
      this.#io.out(ready);
    }
  }
}
