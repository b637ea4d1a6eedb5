import type { ScoreDocument } from '@tenas/records';
import type { UnitEvaluator } from '../evaluate.js';
import { isolateFailures } from '../failures.js';
import { type ScoreTask, taskKey } from '../tasks.js';
import type { ThreadShares } from './thread-shares.js';

interface Waiting {
  readonly architecture: string;
  readonly resolve: (score: ScoreDocument) => void;
  readonly reject: (error: unknown) => void;
}

interface Group {
  readonly work: { readonly task: ScoreTask; readonly key: string; readonly seed: number };
  readonly waiting: Waiting[];
}

const LARGEST_CHUNK = 64;

/**
 * Scores that come one by one, evaluated together: while the engine works on some, those that come are gathered for
 * the next request.
 */
export class ScoreBatcher {
  readonly #evaluator: UnitEvaluator;
  readonly #shares: ThreadShares;
  readonly #signal: AbortSignal;
  readonly #groups = new Map<string, Group>();
  #working = false;

  constructor(evaluator: UnitEvaluator, shares: ThreadShares, signal: AbortSignal) {
    this.#evaluator = evaluator;
    this.#shares = shares;
    this.#signal = signal;
  }

  score(task: ScoreTask, seed: number, architecture: string): Promise<ScoreDocument> {
    const key = taskKey(task);
    const name = `${key} ${seed}`;
    let group = this.#groups.get(name);
    if (group === undefined) {
      group = { work: { task, key, seed }, waiting: [] };
      this.#groups.set(name, group);
    }
    const { waiting } = group;
    const answer = new Promise<ScoreDocument>((resolve, reject) => {
      waiting.push({ architecture, resolve, reject });
    });
    if (!this.#working) {
      this.#working = true;
      // Others may come in the same turn.
      setImmediate(() => void this.#work());
    }
    return answer;
  }

  async #work(): Promise<void> {
    for (;;) {
      const [name, group] = this.#groups.entries().next().value ?? [];
      if (name === undefined || group === undefined) break;
      const some = group.waiting.splice(0, LARGEST_CHUNK);
      // To the end, so that every setting has its turn.
      this.#groups.delete(name);
      if (group.waiting.length > 0) this.#groups.set(name, group);
      await this.#chunk(group.work, some);
    }
    this.#working = false;
  }

  async #chunk(work: Group['work'], some: readonly Waiting[]): Promise<void> {
    const threads = this.#shares.total;
    try {
      const outcomes = await this.#shares.use(threads, () =>
        isolateFailures(
          some,
          (part) =>
            this.#evaluator.score(
              work,
              part.map(({ architecture }) => architecture),
              { threads, signal: this.#signal },
            ),
          this.#signal,
        ),
      );
      for (const [index, outcome] of outcomes.entries()) {
        if (outcome.ok) some[index]!.resolve(outcome.value);
        else some[index]!.reject(outcome.error);
      }
    } catch (error) {
      for (const { reject } of some) reject(error);
    }
  }
}
