import { mean } from '@tenas/base';
import type { Graph } from '@tenas/graph';
import type { Answer } from '@tenas/native';
import type { Failure, Json, Metric, Probed } from '../metric.js';
import type { PassInputs } from './inputs.js';
import type { PassTasks, SharedPass } from './passes.js';

/** The score of one architecture by one metric. Plain data, finite numbers: JSON keeps all of it. */
export interface Score {
  /** null if there is none; `failures` says why. */
  readonly value: number | null;
  /** One for each repeat, null where it has none; empty for metrics that follow from the architecture alone. */
  readonly repeats: readonly (number | null)[];
  /** One for each repeat: why it has no value, null where it has one. Absent if none failed. */
  readonly failures?: readonly (string | null)[] | undefined;
  /**
   * Wall-clock seconds of the engine, shared three times, so that the seconds of all scores together are at most the time
   * that passed: requests that run at the same time have equal parts of it, architectures of a request too, and the
   * metrics that a request serves as much as their passes are of all (1 forward, 2 backward).
   */
  readonly seconds: number;
  /** Further values of the first repeat. */
  readonly detail?: Json | undefined;
}

/** Scores of one architecture, by the name of the metric. */
export type Scores = Readonly<Record<string, Score>>;

/** Reason of a value that is not a finite number, for any metric. */
export const NOT_FINITE = 'not-finite';

/** Reason of a value that there is not, as the training diverged, for any metric that trains. */
export const DIVERGED = 'diverged';

/** A metric's value as it is kept: a finite number or a reason. */
function checkedValue(value: number | Failure): number | Failure {
  return typeof value === 'object' || Number.isFinite(value) ? value : { failure: NOT_FINITE };
}

function valueOrNull(value: number | Failure): number | null {
  return typeof value === 'number' ? value : null;
}

/** The engine's answers for one network in some repeats of a pass. */
export interface PassAnswers {
  readonly graph: Graph;
  readonly coefficients: Float64Array;
  /** Inputs of every repeat there is. */
  readonly inputs: readonly PassInputs[];
  /** Values of all parameters in a repeat. */
  readonly weights: (repeat: number) => Float32Array;
  /** Numbers of the repeats. */
  readonly repeats: readonly number[];
  /** All answers of each of them. */
  readonly answers: readonly (readonly Answer[])[];
  /** Time of the engine for all metrics together. */
  readonly seconds: number;
}

/** What the members of a pass made of some repeats. */
export interface PassValues {
  /** For each member. */
  readonly members: readonly {
    readonly values: readonly (number | Failure)[];
    /** Of the first repeat. */
    readonly detail: Json | undefined;
  }[];
  readonly seconds: number;
}

/** The values of all members of a pass in some repeats. */
export function valuesOfPass({ members }: SharedPass, tasks: PassTasks, found: PassAnswers): PassValues {
  const { graph, coefficients, inputs, weights, repeats, answers, seconds } = found;
  const values = members.map(({ metric, settings }, member) => {
    const own = answers.map((all) => tasks.answersOf(member, all));
    const about = (repeat: number): Probed => ({
      settings,
      graph,
      coefficients,
      labels: inputs[repeat]!.labels,
      weights: () => weights(repeat),
    });
    return {
      values: own.map((all, place) => metric.value(all, about(repeats[place]!))),
      detail: repeats[0] === 0 ? metric.detail?.(own[0]!, about(0)) : undefined,
    };
  });
  return { members: values, seconds };
}

/** The scores of all members of a pass, of the values of all repeats in their order. */
export function scoresOfPass(
  { members }: SharedPass,
  tasks: PassTasks,
  found: readonly PassValues[],
): Scores {
  const seconds = found.reduce((sum, part) => sum + part.seconds, 0);
  return Object.fromEntries(
    members.map(({ metric, settings }, member) => {
      const score = scoreOf(
        { metric, settings },
        {
          values: found.flatMap((part) => part.members[member]!.values),
          seconds: seconds * tasks.shares[member]!,
          detail: found[0]!.members[member]!.detail,
        },
      );
      return [metric.name, score];
    }),
  );
}

/** The score of a metric from the values of its repeats. */
export function scoreOf(
  { metric, settings }: { readonly metric: Metric; readonly settings: object },
  found: {
    readonly values: readonly (number | Failure)[];
    readonly seconds: number;
    readonly detail: Json | undefined;
  },
): Score {
  const values = found.values.map(checkedValue);
  const repeats = values.map(valueOrNull);
  const failures = values.map((value) => (typeof value === 'object' ? value.failure : null));
  const combined = metric.combine === undefined ? meanOf(repeats) : metric.combine(repeats, settings);
  return {
    value: combined !== null && Number.isFinite(combined) ? combined : null,
    repeats,
    ...(failures.every((failure) => failure === null) ? {} : { failures }),
    seconds: found.seconds,
    ...(found.detail === undefined ? {} : { detail: found.detail }),
  };
}

/** A mean over fewer repeats would compare networks by unlike draws: one failure leaves none. */
function meanOf(values: readonly (number | null)[]): number | null {
  const known = values.filter((value) => value !== null);
  return known.length === values.length && known.length > 0 ? mean(known) : null;
}

/** The score of a metric that follows from the architecture alone. */
export function countedScore(counted: number | Failure, seconds: number): Score {
  const value = checkedValue(counted);
  if (typeof value === 'number') return { value, repeats: [], seconds };
  return { value: null, repeats: [null], failures: [value.failure], seconds };
}
