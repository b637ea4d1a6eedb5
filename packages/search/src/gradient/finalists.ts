import type { RandomStream } from '@tenas/base';
import type { GradientDetail } from '@tenas/records';
import type { Domain, SpaceSupernet } from '@tenas/spaces';
import type { Ask } from '../ask.js';
import { canonicalKey } from '../canonical-key.js';
import { type FeasibleArchitectures, lossOf } from '../constraints/feasible-architectures.js';
import { pausing } from '../pause.js';
import type { SupernetInTraining } from '../supernet-training/supernet-in-training.js';
import { decodedDomain, type GenotypeRule } from './genotype.js';
import { gumbelNoise } from './gumbel.js';

/** Draws per finalist, and more, before feasible ones are put together or fewer finalists are compared. */
const DRAWS_PER_FINALIST = 20;
const LEAST_DRAWS = 1000;
/** Feasible architectures that were found before, one after the other, after which no others are expected. */
const MOST_REPEATED = 20;

/** The probabilities that finalists are drawn from. */
export interface LearntChoices {
  readonly supernet: Pick<SpaceSupernet, 'decisions' | 'edgePruning' | 'architectureOf' | 'domainOf'>;
  /** By decision and choice. */
  readonly probabilities: readonly Float64Array[];
  readonly rule: GenotypeRule;
}

/** An architecture that is compared with others. */
export interface Finalist {
  readonly architecture: object;
  readonly domain: Domain;
}

/** What a round of training said of a finalist. */
export interface JudgedRound {
  readonly loss: number;
  readonly accuracy: number;
}

/** A finalist as it was judged. */
export interface JudgedFinalist extends Finalist {
  /** Under the shared weights, or its own of the last round that it was trained in. */
  readonly accuracy: number;
  readonly loss: number;
  /** See {@link logProbability}. */
  readonly logProbability: number;
}

/** Logarithms of probabilities, with Gumbel noise added to each. */
function noisyLogarithms(probabilities: readonly Float64Array[], random: Pick<RandomStream, 'unit'>) {
  return probabilities.map((chances) => chances.map((chance) => gumbelNoise(random) - lossOf(chance)));
}

/**
 * Draws choices by the rule of the genotype with Gumbel noise: where every edge stays, each decision's choice by its
 * probability. Where a node keeps some inputs, it draws them one after the other by their probabilities, none twice: among
 * all pairs of edge and operation, or by `edges` one operation of each edge, and then edges by 1 less the probability of
 * `none`.
 */
export function drawnDomain(
  { supernet, probabilities, rule }: LearntChoices,
  random: Pick<RandomStream, 'unit'>,
): Domain {
  return decodedDomain(supernet, noisyLogarithms(probabilities, random), rule);
}

/** Sum of the natural logarithms of the probabilities of the choices of a domain: at most 0. */
export function logProbability(
  { supernet, probabilities }: Pick<LearntChoices, 'supernet' | 'probabilities'>,
  domain: Domain,
): number {
  return supernet.decisions.reduce(
    (sum, { name, choices }, place) =>
      (domain[name] ?? []).reduce(
        (part, choice) => part - lossOf(probabilities[place]![choices.indexOf(choice)]!),
        sum,
      ),
    0,
  );
}

/**
 * Architectures that are drawn from what was learnt, none of them twice: of isomorphic ones the first. All are within the
 * constraints. Where few draws are, the rest are the best feasible ones under Gumbel noise. There are fewer where the
 * probabilities leave no more.
 *
 * @param options.first the first of them, as it is
 * @param options.count so many with the first
 * @throws the signal's reason
 */
export async function drawnFinalists(
  ask: Pick<Ask, 'space' | 'allowed' | 'signal'>,
  learnt: LearntChoices,
  options: {
    readonly first: Finalist;
    readonly count: number;
    /** Finds architectures within the constraints; null: there are none. */
    readonly feasible: FeasibleArchitectures | null;
    readonly random: Pick<RandomStream, 'unit'>;
  },
): Promise<Finalist[]> {
  const { supernet, probabilities } = learnt;
  const { first, count, feasible, random } = options;
  const pause = pausing(ask.signal);
  const found = new Map([[canonicalKey(ask.space, first.architecture), first]]);
  const isNew = (architecture: object, domain: Domain): boolean => {
    const key = canonicalKey(ask.space, architecture);
    if (found.has(key)) return false;
    found.set(key, { architecture, domain });
    return true;
  };
  const draws = DRAWS_PER_FINALIST * count + LEAST_DRAWS;
  for (let draw = 0; found.size < count && draw < draws; draw++) {
    await pause();
    const domain = drawnDomain(learnt, random);
    const architecture = supernet.architectureOf(domain);
    if (ask.allowed(architecture)) isNew(architecture, domain);
  }
  for (let repeated = 0; feasible !== null && found.size < count && repeated < MOST_REPEATED; ) {
    await pause();
    const noisy = noisyLogarithms(probabilities, random);
    const worth = new Map(
      supernet.decisions.flatMap(({ name, choices }, place) =>
        choices.map((choice, number) => [`${name}/${choice}`, noisy[place]![number]!]),
      ),
    );
    const architecture = feasible.best((name, choice) => -worth.get(`${name}/${choice}`)!);
    if (architecture === null) break;
    repeated = isNew(architecture, supernet.domainOf(architecture)) ? 0 : repeated + 1;
  }
  return [...found.values()];
}

/**
 * Compares finalists under the weights of a supernet on all images of its validation part, with the statistics of each
 * batch. The loss decides: it tells networks apart that are equally accurate, and ranks them better (docs/systems.md).
 *
 * @param onJudged hears of all that were judged so far, the lowest loss first; of equal ones the likelier first
 * @returns the same in the end
 * @throws the signal's reason
 */
export async function judgedFinalists(
  training: Pick<SupernetInTraining, 'paths' | 'evaluate'>,
  learnt: LearntChoices,
  finalists: readonly Finalist[],
  onJudged: (judged: readonly JudgedFinalist[]) => void = () => {},
): Promise<JudgedFinalist[]> {
  const judged: JudgedFinalist[] = [];
  for (const finalist of finalists) {
    const [outcome] = await training.evaluate([pathOf(training, learnt, finalist)]);
    judged.push({ ...finalist, ...outcome!, logProbability: logProbability(learnt, finalist.domain) });
    judged.sort((a, b) => a.loss - b.loss || b.logProbability - a.logProbability);
    onJudged(judged);
  }
  return judged;
}

/** Mixing coefficients of a finalist. */
export function pathOf(
  { paths }: Pick<SupernetInTraining, 'paths'>,
  { supernet: { decisions } }: Pick<LearntChoices, 'supernet'>,
  { domain }: Finalist,
): Float64Array {
  return paths.ofWeights(
    decisions.map(({ name, choices }) =>
      Float64Array.from(choices, (choice) => (domain[name]?.includes(choice) ? 1 : 0)),
    ),
  );
}

/** Finalists as the record has them. */
export function recordedFinalists(
  { format }: Pick<Ask['space'], 'format'>,
  finalists: readonly (JudgedFinalist & { readonly rounds?: readonly JudgedRound[] })[],
): GradientDetail['finalists'] {
  return finalists.map(({ architecture, accuracy, loss, logProbability: chance, rounds }) => ({
    ...{ architecture: format(architecture), accuracy, loss, logProbability: chance },
    ...(rounds === undefined ? {} : { rounds: rounds.map((round) => ({ ...round })) }),
  }));
}
