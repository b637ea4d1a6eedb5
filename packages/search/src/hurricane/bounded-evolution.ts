import { type RandomStream, TenasError } from '@tenas/base';
import type { Choices, Decision } from '@tenas/spaces';
import { crossedChoices } from '../evolution/variation.js';
import { cheapestFirst } from './cheapest-first.js';

/** Numbers of the evolution. */
export interface EvolutionSettings {
  readonly population: number;
  readonly generations: number;
  /** The best so far, of which children are made. */
  readonly parents: number;
  readonly crossovers: number;
  readonly mutations: number;
  /** Probability with which a mutation draws a decision anew. */
  readonly mutationRate: number;
}

/** A candidate that was evaluated. */
export interface Candidate {
  readonly choices: Choices;
  /** What the bound limits, such as ms. */
  readonly cost: number;
  readonly accuracy: number;
}

/** What an evolution works on. */
export interface EvolutionProblem {
  /** Decisions with the choices that are open. */
  readonly decisions: readonly Decision[];
  readonly bound: number;
  costOf(choices: Choices): number;
  /** Equal networks have equal keys. */
  keyOf(choices: Choices): string;
  /** Accuracies in the same order. */
  evaluate(candidates: readonly Choices[]): Promise<readonly number[]>;
  readonly random: RandomStream;
  /** Further constraints; absent: there are none. */
  readonly reach?: WithinReach | undefined;
  /** Hears of each generation: all candidates so far, the best first. */
  onGeneration?(generation: number, candidates: readonly Candidate[]): void;
}

/** Finds choices within the bound and all other constraints of a search. */
export interface WithinReach {
  allowed(choices: Choices): boolean;
  /** Choices at random, of those that are open; null: none were found. */
  drawn(decisions: readonly Decision[], random: RandomStream): Choices | null;
  /** The choices that differ the least from others, of those that are open; null: none were found. */
  near(decisions: readonly Decision[], choices: Choices): Choices | null;
}

/** Draws of {@link WithinReach} until one is new. */
const REACHING_ATTEMPTS = 10;
/** Attempts at a candidate that is new and within the bound. */
const ATTEMPTS = 200;

/**
 * The evolution of Single Path One-Shot under a bound: a random population; then, in each generation, children of the best
 * so far by crossover (each decision from either parent) and mutation (each decision drawn anew with some probability),
 * and random ones for the rest. Candidates above the bound, and those that were evaluated before, are drawn again before
 * anything is evaluated. The last generation counts too.
 *
 * A random candidate that is hard to find within a tight bound is drawn with ever more of the cheapest choices.
 *
 * @returns all candidates, the best first; of equal accuracies the cheaper one
 * @throws TenasError `BUDGET_INFEASIBLE` where even the cheapest choices are above the bound
 */
export async function boundedEvolution(
  problem: EvolutionProblem,
  settings: EvolutionSettings,
): Promise<readonly Candidate[]> {
  const { bound, random, costOf, reach } = problem;
  const decisions = cheapestFirst(problem.decisions, costOf);
  const cheapest = Object.fromEntries(decisions.map(({ name, choices }) => [name, choices[0]!]));
  const least = costOf(cheapest);
  if (least > bound) throw infeasible(cheapest, least, bound);
  const seen = new Set<string>();
  let found: Candidate[] = [];
  /** A candidate that may be evaluated, of a number of draws; null: there was none. */
  const admitted = (draw: (attempt: number) => Choices, attempts = ATTEMPTS): Choices | null => {
    for (let attempt = 0; attempt < attempts; attempt++) {
      const choices = draw(attempt);
      const key = problem.keyOf(choices);
      if (seen.has(key) || costOf(choices) > bound || reach?.allowed(choices) === false) continue;
      seen.add(key);
      return choices;
    }
    return null;
  };
  const drawn = (attempt: number): Choices => {
    const frugal = attempt / ATTEMPTS;
    return Object.fromEntries(
      decisions.map(({ name, choices }) => [
        name,
        random.unit() < frugal ? choices[0]! : random.pick(choices),
      ]),
    );
  };
  const reached = (): Choices | null => {
    for (let attempt = 0; attempt < REACHING_ATTEMPTS; attempt++) {
      const choices = reach?.drawn(problem.decisions, random) ?? null;
      if (choices === null) return null;
      const next = admitted(() => choices, 1);
      if (next !== null) return next;
    }
    return null;
  };
  const parent = (): Choices => random.pick(found.slice(0, settings.parents)).choices;
  const crossed = (): Choices => crossedChoices(decisions, [parent(), parent()], random);
  const mutated = (): Choices => {
    const one = parent();
    return Object.fromEntries(
      decisions.map(({ name, choices }) => [
        name,
        random.unit() < settings.mutationRate ? random.pick(choices) : one[name]!,
      ]),
    );
  };
  for (let generation = 0; generation < settings.generations; generation++) {
    const kinds =
      generation === 0
        ? []
        : [
            ...Array.from({ length: settings.crossovers }, () => crossed),
            ...Array.from({ length: settings.mutations }, () => mutated),
          ].slice(0, settings.population);
    const children: Choices[] = kinds.map((draw) => admitted(draw)).filter((child) => child !== null);
    while (children.length < settings.population) {
      const next = admitted(drawn) ?? reached();
      // The space within the bound is used up.
      if (next === null) break;
      children.push(next);
    }
    if (children.length === 0) break;
    const accuracies = await problem.evaluate(children);
    found = [
      ...found,
      ...children.map((choices, place) => ({
        choices,
        cost: costOf(choices),
        accuracy: accuracies[place]!,
      })),
    ].sort((a, b) => b.accuracy - a.accuracy || a.cost - b.cost);
    problem.onGeneration?.(generation, found);
  }
  return found;
}

function infeasible(cheapest: Choices, least: number, bound: number): TenasError {
  const shown = Object.values(cheapest).join(', ');
  return new TenasError(
    'BUDGET_INFEASIBLE',
    `bound: got ${bound}; the cheapest architecture (${shown}) takes ${Number(least.toPrecision(4))}`,
    { field: 'bound', value: bound },
  );
}
