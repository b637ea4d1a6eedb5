import type { Choices, Decision } from '@tenas/spaces';
import {
  boundedEvolution,
  type Candidate,
  type EvolutionProblem,
  type EvolutionSettings,
} from './bounded-evolution.js';
import { cheapestFirst } from './cheapest-first.js';

/** In which order layers are searched. */
export const STAGE_ORDERS = ['late-first', 'early-first', 'joint'] as const;

/** Which choice a layer has before it is searched, by its cost. */
export const DEFAULT_OPERATORS = ['cheapest', 'middle', 'largest'] as const;

/** How a search is split into stages. */
export interface StageSettings {
  readonly order: (typeof STAGE_ORDERS)[number];
  /** Share of the layers that count as late. */
  readonly late: number;
  readonly defaultOperator: (typeof DEFAULT_OPERATORS)[number];
}

/** A stage: some layers are open, the others have one choice. */
export interface Stage {
  readonly name: 'late' | 'early' | 'joint';
  /** Names of the decisions that are searched. */
  readonly searched: readonly string[];
  /** Generations of its evolution: those of a stage, of a joint search twice as many. */
  readonly generations: number;
}

/** The stages in their order. One that has no layers is left out. */
export function stagesOf(
  decisions: readonly Decision[],
  { order, late }: StageSettings,
  generations: number,
): readonly Stage[] {
  const names = decisions.map(({ name }) => name);
  const split = names.length - Math.round(late * names.length);
  const lateStage: Stage = { name: 'late', searched: names.slice(split), generations };
  const earlyStage: Stage = { name: 'early', searched: names.slice(0, split), generations };
  const joint: Stage = { name: 'joint', searched: names, generations: 2 * generations };
  const stages = {
    'late-first': [lateStage, earlyStage],
    'early-first': [earlyStage, lateStage],
    joint: [joint],
  };
  return stages[order].filter(({ searched }) => searched.length > 0);
}

/** A search by stages. */
export interface StagedProblem
  extends Pick<EvolutionProblem, 'decisions' | 'bound' | 'costOf' | 'keyOf' | 'random' | 'reach'> {
  /**
   * Prepares the evaluation of a stage, as by training its supernet, and runs its evolution.
   * @param domain the decisions with what is open in the stage
   * @returns what `run` returns
   */
  evolve(
    stage: Stage,
    domain: readonly Decision[],
    run: (how: Pick<EvolutionProblem, 'evaluate' | 'onGeneration'>) => Promise<readonly Candidate[]>,
  ): Promise<readonly Candidate[]>;
}

/** The outcome of a stage. */
export interface StageResult {
  readonly stage: Stage;
  /** Choices of the layers that were not searched. */
  readonly fixed: Choices;
  /** All that were evaluated, the best first. */
  readonly candidates: readonly Candidate[];
}

/**
 * Searches stage by stage: the layers of one stage, with the others fixed; then the other layers, with those of the
 * first fixed to the winner's choices (coordinate ascent). Layers that were not searched yet have the default operator;
 * where the bound leaves no room for that, as many of them as needed have the cheapest one, the first layers first. Where
 * further constraints leave none, they have the operators within these that differ the least.
 *
 * @throws TenasError `BUDGET_INFEASIBLE`
 */
export async function searchByStages(
  problem: StagedProblem,
  stages: readonly Stage[],
  settings: StageSettings & Omit<EvolutionSettings, 'generations'>,
): Promise<readonly StageResult[]> {
  const { decisions, costOf, bound } = problem;
  const sorted = cheapestFirst(decisions, costOf);
  let chosen: Choices = Object.fromEntries(
    sorted.map(({ name, choices }) => [name, defaultOf(choices, settings.defaultOperator)]),
  );
  const results: StageResult[] = [];
  for (const stage of stages) {
    const cheapest = Object.fromEntries(sorted.map(({ name, choices }) => [name, choices[0]!]));
    const searched = Object.fromEntries(stage.searched.map((name) => [name, cheapest[name]!]));
    for (const { name } of sorted) {
      if (costOf({ ...chosen, ...searched }) <= bound) break;
      if (!stage.searched.includes(name)) chosen = { ...chosen, [name]: cheapest[name]! };
    }
    chosen = withReach(problem, stage, chosen);
    const fixed = Object.fromEntries(
      Object.entries(chosen).filter(([name]) => !stage.searched.includes(name)),
    );
    const domain = decisions.map((decision) =>
      stage.searched.includes(decision.name) ? decision : { ...decision, choices: [chosen[decision.name]!] },
    );
    const { generations } = stage;
    const candidates = await problem.evolve(
      stage,
      domain,
      async (how) =>
        await boundedEvolution({ ...problem, ...how, decisions: domain }, { ...settings, generations }),
    );
    results.push({ stage, fixed, candidates });
    chosen = candidates[0]!.choices;
  }
  return results;
}

/** Choices of the layers that a stage does not search, such that the others can meet the further constraints. */
function withReach({ decisions, reach }: StagedProblem, { searched }: Stage, chosen: Choices): Choices {
  if (reach === undefined) return chosen;
  const open = (fixed: Choices) =>
    decisions.map((decision) =>
      searched.includes(decision.name) ? decision : { ...decision, choices: [fixed[decision.name]!] },
    );
  if (reach.near(open(chosen), chosen) !== null) return chosen;
  return reach.near(decisions, chosen) ?? chosen;
}

function defaultOf(sorted: readonly string[], which: StageSettings['defaultOperator']): string {
  const places = { cheapest: 0, middle: Math.floor((sorted.length - 1) / 2), largest: sorted.length - 1 };
  return sorted[places[which]]!;
}
