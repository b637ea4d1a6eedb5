import { mannWhitney, settingError } from '@tenas/base';
import {
  isCounting,
  type MissingPolicy,
  type RankedPopulation,
  type RankingMetric,
} from '@tenas/metrics/definitions';
import { z } from 'zod';
import type { Ask, Scores } from './ask.js';
import { historyFor } from './objective-settings.js';

/** Probability below which a difference is taken for one, where none is named. */
const SIGNIFICANCE = 0.05;

/** Settings of strategies that may compare architectures by a test over their repeats. */
export const compareFields = {
  compare: z
    .enum(['value', 'mann-whitney'])
    .optional()
    .describe(
      'how architectures are compared: by their values, or by a rank test over the repeats of one metric, in which another is better only where the test says so (default: value)',
    ),
  significance: z
    .number()
    .gt(0)
    .max(0.5)
    .optional()
    .describe(`under mann-whitney: probability at which a difference counts (default: ${SIGNIFICANCE})`),
};

const fields = z.object(compareFields);

/** Which of the architectures of a search is best. */
export type ComparedHistory = Pick<RankedPopulation, 'best' | 'bestOf' | 'ranking'> & {
  /** Adds an architecture; its place is the number of those before. */
  add(scores: Scores): void;
};

/**
 * The architectures of a search in order, compared as the settings say.
 *
 * @throws TenasError `SETTING_INVALID`, also where so few repeats could never differ
 */
export function comparedHistory(
  { metrics }: Pick<Ask, 'metrics'>,
  settings: z.output<typeof fields> & {
    readonly aggregate: string;
    readonly missing: MissingPolicy;
    readonly repeats: number;
  },
): ComparedHistory {
  const { compare = 'value', significance, repeats } = settings;
  const population = historyFor({ metrics }, settings);
  if (compare === 'value') {
    if (significance === undefined) return population;
    throw settingError('settings.significance', significance, 'absent, or beside compare mann-whitney');
  }
  const names = metrics.map(({ metric }) => metric.name);
  const [first, second] = metrics;
  if (first === undefined || second !== undefined || isCounting(first.metric)) {
    throw settingError(
      'metrics',
      names,
      'one metric that differs between repeats, as mann-whitney compares these',
    );
  }
  const level = significance ?? SIGNIFICANCE;
  const least = leastRepeats(level);
  if (repeats < least) {
    const right = `at least ${least}, as fewer can never differ at a significance of ${level}`;
    throw settingError('settings.repeats', repeats, right);
  }
  return new TestedHistory(first.metric, population, level);
}

/** Repeats of two architectures with which the clearest difference is significant: one of all ways to deal the values. */
function leastRepeats(significance: number): number {
  let ways = 1;
  for (let repeats = 1; ; repeats++) {
    ways *= (2 * (2 * repeats - 1)) / repeats;
    if (1 / ways <= significance) return repeats;
  }
}

/**
 * Architectures of which another takes the place of the best only where the test of Mann and Whitney says that its repeats
 * are better (Rumiantsev and Coates, TMLR 2025, arXiv 2502.19657). Repeats without a value count as the worst.
 */
class TestedHistory implements ComparedHistory {
  readonly #metric: RankingMetric;
  readonly #population: RankedPopulation;
  readonly #significance: number;
  /** Values of the repeats of each architecture; larger is better. */
  readonly #repeats: (readonly number[])[] = [];
  #best = 0;

  constructor(metric: RankingMetric, population: RankedPopulation, significance: number) {
    this.#metric = metric;
    this.#population = population;
    this.#significance = significance;
  }

  add(scores: Scores): void {
    this.#population.add(scores);
    const { name, better } = this.#metric;
    const sign = better === 'higher' ? 1 : -1;
    const values = scores[name]!.repeats;
    this.#repeats.push(values.map((value) => (value === null ? Number.NEGATIVE_INFINITY : sign * value)));
    this.#best = this.bestOf([this.#best, this.#repeats.length - 1]);
  }

  get best(): number {
    return this.#best;
  }

  bestOf(places: readonly number[]): number {
    return places.reduce((best, place) => (this.#isBetter(place, best) ? place : best));
  }

  /** The best, then all others by their values. */
  ranking(): number[] {
    return [this.#best, ...this.#population.ranking().filter((place) => place !== this.#best)];
  }

  #isBetter(one: number, other: number): boolean {
    return (
      one !== other && mannWhitney(this.#repeats[one]!, this.#repeats[other]!).greater <= this.#significance
    );
  }
}
