import { mean } from '@tenas/base';
import { type Evaluation, type EvaluationResult, summaryOf } from '@tenas/records';
import type { Target } from './accuracy-table.js';
import { bootstrapped, FEWEST, type Resamples, resamples } from './bootstrap.js';
import { kendallTauB, orderedPair, spearmanRho, tiedPairs } from './correlation.js';
import { type Gains, gainsOf, ndcg } from './discounted-gain.js';
import { partialOf, partialSpearman } from './partial-correlation.js';
import { type MetricCorrelations, type RankedMetric, rankedMetric } from './ranked-metric.js';
import { type Ordering, orderingOf, unitWeights } from './ranks.js';
import { expectedBest, regretCurve, topK } from './selection.js';
import { countIn, topPrecision, wholeTop } from './top-share.js';

/** Shares of the architectures, best by accuracy, inside of which metrics are judged again. */
const TOP_FRACTIONS: readonly number[] = [0.1, 0.01];
/** Share of the architectures, best by the metric, inside of which it is judged again. */
const OWN_TOP = 0.1;
const PRECISION_FRACTIONS: readonly number[] = [0.01, 0.05, 0.1];
const GAIN_KS: readonly number[] = [1000, 50];
const KS: readonly number[] = [1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, 2000, 5000, 10_000];
const NS: readonly number[] = [2, 5, 10, 20, 50, 100, 200, 500, 1000, 2000, 5000, 10_000];

/** The best by accuracy: an order of their own, and resamples of their own. */
interface TopSlice {
  readonly fraction: number;
  readonly items: readonly number[];
  readonly accuracy: Ordering;
  readonly draws: Resamples;
}

/** How intervals are made. */
export interface Bootstrap {
  readonly confidence: number;
  readonly count: number;
  readonly seed: number;
}

/** The architectures of a population as metrics order them: what is the same for every dataset. */
export interface JudgedPopulation {
  /** Texts of the architectures. */
  readonly architectures: readonly string[];
  readonly draws: Resamples;
  readonly correlations: MetricCorrelations;
  /** Metrics whose part in a correlation is taken out. */
  readonly given: readonly RankedMetric[];
}

/** Judges metrics on one dataset and population. What stands for an accuracy may be a latency, see {@link Target}. */
export class Judge {
  readonly #population: JudgedPopulation;
  /** The accuracy, or the latency turned round, so that more is better. */
  readonly #accuracy: RankedMetric;
  /** From what is ranked to what stands in the table. */
  readonly #shown: (value: number) => number;
  readonly #bootstrap: Bootstrap;
  readonly #tops: readonly TopSlice[];
  readonly #gains: Gains | null;
  readonly #ownDraws = new Map<number, Resamples>();
  readonly #taus = new Map<string, number | null>();

  constructor(
    population: JudgedPopulation,
    values: Float64Array,
    { target, ...bootstrap }: Bootstrap & { readonly target?: Target },
  ) {
    this.#population = population;
    this.#accuracy = rankedMetric({ name: '', better: target === 'latency' ? 'lower' : 'higher' }, values);
    this.#shown = target === 'latency' ? (value) => -value : (value) => value;
    const { upwards: accuracy } = this.#accuracy;
    this.#bootstrap = bootstrap;
    this.#gains = gainsOf(accuracy);
    const best = this.#accuracy.groups.flat();
    this.#tops = TOP_FRACTIONS.map((fraction) => {
      const items = best.slice(0, countIn(fraction, accuracy.length));
      return {
        fraction,
        items,
        accuracy: orderingOf(items.map((item) => accuracy[item]!)),
        draws: resamples(items.length, bootstrap.count, bootstrap.seed, 'top', fraction),
      };
    });
  }

  overview(): Omit<Evaluation['populations'][number], 'dataset' | 'population'> {
    const { upwards: accuracy, groups } = this.#accuracy;
    const best = groups[0]![0]!;
    return {
      architectures: accuracy.length,
      best: { accuracy: this.#shown(accuracy[best]!), architecture: this.#population.architectures[best]! },
      mean: this.#shown(mean(Array.from(accuracy))),
    };
  }

  result(metric: RankedMetric): Omit<EvaluationResult, 'dataset' | 'population' | 'metric'> {
    const { upwards, failures, ordering, groups } = metric;
    const { upwards: accuracy, ordering: byAccuracy, groups: fromBest } = this.#accuracy;
    const first = groups[0]!;
    const judged = {
      ...this.#correlations(ordering, byAccuracy, this.#population.draws),
      top: this.#tops.map(({ fraction, items, accuracy: within, draws }) => ({
        fraction,
        architectures: items.length,
        ...this.#correlations(orderingOf(items.map((item) => upwards[item]!)), within, draws),
      })),
      ownTop: this.#ownTop(metric),
    };
    return {
      architectures: upwards.length,
      failures,
      distinct: ordering.groups,
      tiedPairs: tiedPairs(ordering, unitWeights(upwards.length)),
      ...summaryOf(judged),
      ...judged,
      ndcg: this.#ndcg(metric),
      precisionTop: topPrecision(groups, fromBest, PRECISION_FRACTIONS),
      partial: this.#partial(metric),
      bestRanked: {
        accuracy: this.#shown(mean(first.map((item) => accuracy[item]!))),
        architecture: this.#population.architectures[first[0]!]!,
        tied: first.length,
      },
      topK: topK(groups, accuracy, KS).map((one) => ({
        ...one,
        best: this.#shown(one.best),
        mean: this.#shown(one.mean),
      })),
      regret: regretCurve(groups, accuracy),
      expectedBest: expectedBest(groups, accuracy, NS).map((one) => ({
        ...one,
        accuracy: this.#shown(one.accuracy),
        perfect: this.#shown(one.perfect),
      })),
    };
  }

  /** Among the best by the metric: it has to tell these apart when they alone are trained. */
  #ownTop({ upwards, groups }: RankedMetric): NonNullable<EvaluationResult['ownTop']> {
    const items = wholeTop(groups, countIn(OWN_TOP, upwards.length));
    const { count, seed } = this.#bootstrap;
    let draws = this.#ownDraws.get(items.length);
    if (draws === undefined) {
      draws = resamples(items.length, count, seed, 'own top', OWN_TOP);
      this.#ownDraws.set(items.length, draws);
    }
    const of = (values: Float64Array) => orderingOf(items.map((item) => values[item]!));
    return {
      fraction: OWN_TOP,
      architectures: items.length,
      ...this.#correlations(of(upwards), of(this.#accuracy.upwards), draws),
    };
  }

  #ndcg({ groups }: RankedMetric): EvaluationResult['ndcg'] {
    const gains = this.#gains;
    const ks = new Set(GAIN_KS.map((k) => Math.min(k, this.#accuracy.upwards.length)));
    return [...ks].map((k) => ({ k, value: gains === null ? null : ndcg(groups, gains, k) }));
  }

  #partial(metric: RankedMetric): EvaluationResult['partial'] {
    const { given, correlations } = this.#population;
    const accuracy = this.#accuracy;
    const names = given.map(({ name }) => name);
    if (given.length === 0 || accuracy.upwards.length < FEWEST) {
      return { given: names, spearman: null, kendall: null };
    }
    const variables = [metric, accuracy, ...given];
    const tau = (a: RankedMetric, b: RankedMetric) => {
      if (a === accuracy) return this.#tau(b);
      return b === accuracy ? this.#tau(a) : correlations.kendall(a, b);
    };
    return {
      given: names,
      spearman: partialSpearman(
        metric.ordering,
        accuracy.ordering,
        given.map(({ ordering }) => ordering),
      ),
      kendall: partialOf(variables.map((a) => variables.map((b) => (a === b ? 1 : tau(a, b))))),
    };
  }

  /** Kendall's tau-b of a metric with the accuracy. */
  #tau({ name, ordering }: RankedMetric): number | null {
    let tau = this.#taus.get(name);
    if (tau === undefined) {
      tau = kendallTauB(orderedPair(ordering, this.#accuracy.ordering), unitWeights(ordering.group.length));
      this.#taus.set(name, tau);
    }
    return tau;
  }

  #correlations(x: Ordering, y: Ordering, draws: Resamples) {
    const pair = orderedPair(x, y);
    const once = unitWeights(x.group.length);
    const { confidence } = this.#bootstrap;
    const estimate = (statistic: typeof kendallTauB) =>
      bootstrapped((weights) => statistic(pair, weights), once, draws, confidence);
    return { kendall: estimate(kendallTauB), spearman: estimate(spearmanRho) };
  }
}
