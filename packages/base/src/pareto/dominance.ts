/** A solution of a problem with several objectives. */
export interface Solution {
  /** Values by objective, all minimised. */
  readonly objectives: readonly number[];
  /** By how much it breaks its constraints; 0 or absent: it meets them. */
  readonly violation?: number;
}

/** Whether one point is at least as low in every objective as another, and lower in one. All objectives are minimised. */
export function dominates(one: readonly number[], other: readonly number[]): boolean {
  let lower = false;
  for (const [objective, value] of one.entries()) {
    if (value > other[objective]!) return false;
    if (value < other[objective]!) lower = true;
  }
  return lower;
}

/**
 * Constraint-dominance (Deb et al. 2002, definition 1): a solution that meets its constraints dominates one that does not,
 * of two that break them the one that does so by less dominates, and of two that meet them {@link dominates} decides.
 */
function constraintDominates(one: Solution, other: Solution): boolean {
  const [a, b] = [one.violation ?? 0, other.violation ?? 0];
  return a === b ? a === 0 && dominates(one.objectives, other.objectives) : a < b;
}

/**
 * Fast non-dominated sort (Deb, Pratap, Agarwal and Meyarivan, IEEE TEC 6 (2002) 182-197): places of the solutions, front by
 * front. No solution of a front dominates another one of it, and each solution of a later front is dominated by one of
 * the front before. Within a front places ascend. O(objectives * solutions^2).
 */
export function nonDominatedFronts(solutions: readonly Solution[]): number[][] {
  const dominated = solutions.map((): number[] => []);
  const dominators = solutions.map(() => 0);
  for (let one = 0; one < solutions.length; one++) {
    for (let other = one + 1; other < solutions.length; other++) {
      if (constraintDominates(solutions[one]!, solutions[other]!)) {
        dominated[one]!.push(other);
        dominators[other]!++;
      } else if (constraintDominates(solutions[other]!, solutions[one]!)) {
        dominated[other]!.push(one);
        dominators[one]!++;
      }
    }
  }
  const fronts: number[][] = [];
  let front = [...solutions.keys()].filter((place) => dominators[place] === 0);
  while (front.length > 0) {
    fronts.push(front);
    front = front
      .flatMap((place) => dominated[place]!)
      .filter((place) => --dominators[place]! === 0)
      .sort((a, b) => a - b);
  }
  return fronts;
}

/**
 * Places of the points that no other dominates, ascending: the first front alone, of many points. Of equal points only the
 * first counts. O(objectives * points * front).
 */
export function paretoFront(points: readonly (readonly number[])[]): number[] {
  // In lexicographic order no point is dominated by a later one.
  const order = [...points.keys()].sort((a, b) => lexicographic(points[a]!, points[b]!) || a - b);
  const front: number[] = [];
  for (const place of order) {
    const point = points[place]!;
    const covered = front.some((other) => points[other]!.every((value, at) => value <= point[at]!));
    if (!covered) front.push(place);
  }
  return front.sort((a, b) => a - b);
}

function lexicographic(one: readonly number[], other: readonly number[]): number {
  const differs = one.findIndex((value, at) => value !== other[at]);
  return differs < 0 ? 0 : one[differs]! - other[differs]!;
}
