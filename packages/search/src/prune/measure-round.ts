import { abortable, NTK_FAILURES, type NtkOutcome, ntk, regions } from '@tenas/metrics';
import { type Domain, withoutChoice } from '@tenas/spaces';
import type { Evaluated } from '../ask.js';
import type { Candidate } from './candidates.js';
import { kappaChange, regionChange } from './changes.js';
import { drawsAt } from './draws.js';
import type { EvaluationRequest, SupernetEvaluator } from './evaluator.js';
import type { Measured, MeasuredMetric } from './record.js';
import type { PruningSettings, WeightLifetime } from './settings.js';

/** A round's question: what becomes of kappa and R when each candidate is removed? */
export interface RoundQuestion {
  /** From 0. */
  readonly round: number;
  /** First round of those that share weights lasting a round. */
  readonly weightRound: number;
  readonly active: Domain;
  /** The operations active in the network that kappa is compared with; R is compared with `active`. */
  readonly kappaOrigin: Domain;
  readonly candidates: readonly Candidate[];
  /** Operations of all edges of the supernet. */
  readonly slots: number;
}

/** The evaluator, and the listeners of its requests. */
export interface AskContext {
  readonly evaluator: SupernetEvaluator;
  readonly signal: AbortSignal;
  readonly count: (evaluated: Evaluated) => void;
  /** A request has begun, has come so far, or is done. */
  readonly onRequest: (metric: MeasuredMetric, evaluations: number, state: 'running' | 'done') => void;
}

/** The same for a round, with its settings. */
export interface RoundContext extends AskContext {
  readonly settings: PruningSettings;
  /** Candidates were measured. */
  readonly onMeasured: (measured: readonly Measured[]) => void;
}

/**
 * Measures all candidates of a round: all in one request for each metric, or one after another where each is compared
 * with a separate origin. Rejects with the signal's reason as soon as that is aborted.
 */
export async function measureRound(question: RoundQuestion, context: RoundContext): Promise<Measured[]> {
  const { candidates } = question;
  const together =
    context.settings.origin === 'per-round' ? [candidates] : candidates.map((candidate) => [candidate]);
  const all: Measured[] = [];
  for (const group of together) {
    const measured = await measureTogether(question, group, context);
    all.push(...measured);
    context.onMeasured(measured);
  }
  return all;
}

async function measureTogether(
  question: RoundQuestion,
  group: readonly Candidate[],
  context: RoundContext,
): Promise<Measured[]> {
  const { settings, evaluator, count } = context;
  const { active, kappaOrigin, round, weightRound, slots } = question;
  const without = group.map((candidate) => withoutChoice(active, candidate));
  const slot = settings.origin === 'per-round' ? 0 : group[0]!.slot;
  const draws = (weights: WeightLifetime) => drawsAt({ round, weightRound, slot, slots }, settings, weights);

  const regionDraws = draws(settings.regions.weights);
  evaluator.expectRegions?.({ draws: regionDraws, signal: context.signal });
  const [kappa0, ...kappas] = await ask(context, 'ntk', evaluator.ntk.bind(evaluator), {
    candidates: [kappaOrigin, ...without],
    draws: draws(settings.ntk.weights),
  });
  count(kernelsCounted([kappa0!, ...kappas]));
  const [regions0, ...counts] = await ask(context, 'regions', evaluator.regions.bind(evaluator), {
    candidates: [active, ...without],
    draws: regionDraws,
  });
  count(regionsCounted([regions0!, ...counts]));

  return group.map(({ decision, choice }, index) => ({
    decision,
    choice,
    kappa: { origin: kappa0!, candidate: kappas[index]! },
    regions: { origin: regions0!, candidate: counts[index]! },
    kappaChange: kappaChange(kappa0!, kappas[index]!, settings),
    regionChange: regionChange(regions0!, counts[index]!, settings.regionChange),
  }));
}

/** Asks an evaluator, telling how far it has come. Rejects with the signal's reason as soon as that is aborted. */
export async function ask<T>(
  { signal, count, onRequest }: AskContext,
  metric: MeasuredMetric,
  evaluate: (request: EvaluationRequest) => Promise<readonly (readonly T[])[]>,
  request: EvaluationRequest,
): Promise<readonly (readonly T[])[]> {
  signal.throwIfAborted();
  if (request.draws.length === 0) return request.candidates.map(() => []);
  onRequest(metric, 0, 'running');
  const total = request.candidates.length * request.draws.length;
  const onProgress = (done: number) => {
    if (done < total) onRequest(metric, done, 'running');
  };
  const started = performance.now();
  try {
    const answer = await abortable(evaluate({ ...request, signal, onProgress }), signal);
    onRequest(metric, total, 'done');
    return answer;
  } finally {
    const seconds = (performance.now() - started) / 1000;
    count({ metric, seconds });
  }
}

/** Kernels that were computed, and why some have no condition number. */
export function kernelsCounted(outcomes: readonly (readonly NtkOutcome[])[]): Evaluated {
  const failures = Object.fromEntries(NTK_FAILURES.map((reason) => [reason, 0]));
  const all = outcomes.flat();
  for (const outcome of all) if (outcome.kind === 'failed') failures[outcome.reason]!++;
  return { metric: ntk.name, evaluations: all.length, failures };
}

/** Regions that were counted. */
export function regionsCounted(counts: readonly (readonly number[])[]): Evaluated {
  return { metric: regions.name, evaluations: counts.flat().length };
}
