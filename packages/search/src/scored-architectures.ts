import { type ChosenMetric, drawsOf, type Evaluator } from '@tenas/metrics';
import type { ScoredArchitecture, Scores } from '@tenas/records';
import type { Space } from '@tenas/spaces';
import type { Evaluated } from './ask.js';
import { canonicalKey } from './canonical-key.js';

/** Which repeats: how many, and the number of the first. */
export interface Repeats {
  readonly repeats: number;
  readonly from: number;
}

/** How to follow and stop a request, and who counts. */
interface Following {
  readonly signal: AbortSignal;
  /** Share of the request that is done, in architectures. */
  readonly onProgress: (architectures: number) => void;
  readonly count: (evaluated: Evaluated) => void;
}

/** The evaluator of some metrics. */
export type ScorerOf = (metrics: readonly ChosenMetric[]) => Pick<Evaluator, 'score'>;

/**
 * The scores of a search by architecture: each is evaluated once by the same metrics on the same repeats. Where the space
 * knows isomorphic architectures, those count as one, and the first that is asked for stands for all of them.
 */
export class ScoredArchitectures {
  readonly #space: Pick<Space, 'format' | 'isomorphism'>;
  readonly #scorerOf: ScorerOf;
  readonly #seed: number;
  readonly #known = new Map<string, Scores>();
  /** Scores of an earlier run, by key. They count as evaluated when they are first used, but take no time. */
  readonly #earlier: ReadonlyMap<string, Scores>;
  readonly #list: ScoredArchitecture[] = [];

  constructor(options: {
    readonly space: Pick<Space, 'format' | 'parse' | 'isomorphism'>;
    readonly scorerOf: ScorerOf;
    readonly seed: number;
    readonly earlier: readonly ScoredArchitecture[];
  }) {
    const { space, scorerOf, seed, earlier } = options;
    this.#space = space;
    this.#scorerOf = scorerOf;
    this.#seed = seed;
    this.#earlier = new Map(
      earlier.map(({ architecture, repeats, from, scores }) => [
        this.#keyOf(space.parse(architecture), { repeats, from }, Object.keys(scores)),
        scores,
      ]),
    );
  }

  /** Everything that was evaluated, in order. */
  get list(): readonly ScoredArchitecture[] {
    return this.#list;
  }

  /** Scores in the order of the architectures. */
  async score(
    architectures: readonly object[],
    by: Repeats & { readonly metrics: readonly ChosenMetric[] },
    following: Following,
  ): Promise<Scores[]> {
    const { metrics, ...on } = by;
    const names = metrics.map(({ metric }) => metric.name);
    const keys = architectures.map((architecture) => this.#keyOf(architecture, on, names));
    const unknown = new Map<string, object>();
    for (const [place, key] of keys.entries()) {
      if (this.#known.has(key) || unknown.has(key)) continue;
      unknown.set(key, architectures[place]!);
    }
    const fresh = [...unknown].filter(([key]) => !this.#earlier.has(key));
    const known = architectures.length - fresh.length;
    const evaluated = new Map(this.#earlier);
    if (fresh.length > 0) {
      const found = await this.#scorerOf(metrics).score(
        fresh.map(([, architecture]) => architecture),
        {
          draws: drawsOf(this.#seed, on.from + on.repeats).slice(on.from),
          signal: following.signal,
          onProgress: (done, total) => following.onProgress(known + (fresh.length * done) / total),
        },
      );
      for (const [place, [key]] of fresh.entries()) evaluated.set(key, found[place]!.scores);
    }
    for (const [key, architecture] of unknown) {
      const scores = evaluated.get(key)!;
      this.#known.set(key, scores);
      this.#list.push({
        architecture: this.#space.format(architecture),
        ...on,
        scores: withoutDetail(scores),
      });
      const asked = !this.#earlier.has(key);
      for (const counted of countsOf(scores)) {
        following.count(asked ? counted : { ...counted, seconds: 0 });
      }
    }
    return keys.map((key) => this.#known.get(key)!);
  }

  /** @param metrics their names: each has the same settings in all of a search */
  #keyOf(architecture: object, { repeats, from }: Repeats, metrics: readonly string[]): string {
    return `${from} ${repeats} ${metrics.toSorted().join()} ${canonicalKey(this.#space, architecture)}`;
  }
}

/** Scores without what they tell besides, e.g. spectra: for lists of many. */
export function withoutDetail(scores: Scores): Scores {
  return Object.fromEntries(
    Object.entries(scores).map(([metric, { detail: _, ...score }]) => [metric, score]),
  );
}

/**
 * The evaluations of the scores of one architecture. A metric that follows from the architecture alone was evaluated
 * once.
 */
function countsOf(scores: Scores): Evaluated[] {
  return Object.entries(scores).map(([metric, { repeats, failures = [], seconds }]) => {
    const reasons: Record<string, number> = {};
    for (const reason of failures) {
      if (reason !== null) reasons[reason] = (reasons[reason] ?? 0) + 1;
    }
    return { metric, evaluations: Math.max(1, repeats.length), failures: reasons, seconds: seconds ?? 0 };
  });
}
