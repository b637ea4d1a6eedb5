import { z } from 'zod';
import { architectureText, better, byName, finite, type Immutable, list, name, text } from './fields.js';

const MOST_OBJECTIVES = 100;
const MOST_MEMBERS = 100_000;

/** A model that predicts a cost: its file, what it is of, and the file's SHA-256. */
export const costModelSchema = z.object({ file: text, device: name, digest: name });

/** One of several objectives of a search. */
export const objectiveSchema = z.object({
  name,
  title: text,
  better,
  /** Absent: a number without a unit. */
  unit: name.optional(),
  /** The model that predicts it; absent: it is counted or measured. */
  model: costModelSchema.optional(),
});

/** One of several objectives of a search. */
export type Objective = Immutable<z.output<typeof objectiveSchema>>;

/** Objectives of a search, in the order in which they were named. */
export const objectivesSchema = list(objectiveSchema, MOST_OBJECTIVES, 'a list of objectives');

/** An architecture that no other one of the search is at least as good as by all objectives, and better by one. */
export const frontMemberSchema = z.object({
  architecture: architectureText,
  /** By objective. */
  values: byName(finite, MOST_OBJECTIVES, 'values by objective'),
});

/** An architecture of a front. */
export type FrontMember = Immutable<z.output<typeof frontMemberSchema>>;

/** A front: the best by the first objective first. */
export const frontSchema = list(frontMemberSchema, MOST_MEMBERS, 'a list of architectures with values');

/** The values of an architecture of a front in the order of the objectives, all as numbers of which less is better. */
export function minimisedValues(
  { values }: FrontMember,
  objectives: readonly Pick<Objective, 'name' | 'better'>[],
): number[] {
  return objectives.map((objective) => {
    const value = values[objective.name] ?? Number.NaN;
    return objective.better === 'lower' ? value : -value;
  });
}
