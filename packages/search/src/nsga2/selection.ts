import { crowdingDistances, nonDominatedFronts, type RandomStream, type Solution } from '@tenas/base';

/** A survivor: its place among those that were selected from, and what tournaments compare. */
export interface Survivor {
  readonly place: number;
  /** Number of its front, from 0. */
  readonly rank: number;
  readonly crowding: number;
}

/**
 * Environmental selection of NSGA-II: whole fronts in order; of the last one that does not fit, those with the largest
 * crowding distances, of equals the first.
 */
export function survivors(solutions: readonly Solution[], count: number): Survivor[] {
  const selected: Survivor[] = [];
  for (const [rank, front] of nonDominatedFronts(solutions).entries()) {
    const distances = crowdingDistances(front.map((place) => solutions[place]!.objectives));
    const members = front.map((place, at) => ({ place, rank, crowding: distances[at]! }));
    const room = count - selected.length;
    selected.push(...members.toSorted((a, b) => moreCrowded(a, b)).slice(0, room));
    if (members.length >= room) break;
  }
  return selected;
}

/** Binary tournament: of two drawn with replacement, the one of the lower front, of the same front the less crowded one. */
export function tournament(population: readonly Survivor[], random: RandomStream): Survivor {
  const [one, other] = [random.pick(population), random.pick(population)];
  if (one.rank !== other.rank) return one.rank < other.rank ? one : other;
  return other.crowding > one.crowding ? other : one;
}

/** Sorts the least crowded first. Two infinite distances are equal. */
function moreCrowded(one: Survivor, other: Survivor): number {
  return one.crowding === other.crowding ? one.place - other.place : other.crowding - one.crowding;
}
