/**
 * Crowding distances of the points of a front (Deb et al. 2002): by objective, the distance between the two neighbours of
 * a point over the range of the front, summed. The points with the lowest and the highest value of an objective have
 * Infinity. An objective with one value alone tells no points apart.
 *
 * @param front at least one point, in any order
 */
export function crowdingDistances(front: readonly (readonly number[])[]): number[] {
  const distances = front.map(() => 0);
  for (const objective of front[0]!.keys()) {
    const valueAt = (place: number) => front[place]![objective]!;
    const order = [...front.keys()].sort((a, b) => valueAt(a) - valueAt(b) || a - b);
    const [lowest, highest] = [order[0]!, order.at(-1)!];
    const range = valueAt(highest) - valueAt(lowest);
    if (range === 0) continue;
    distances[lowest] = Number.POSITIVE_INFINITY;
    distances[highest] = Number.POSITIVE_INFINITY;
    for (let at = 1; at < order.length - 1; at++) {
      distances[order[at]!]! += (valueAt(order[at + 1]!) - valueAt(order[at - 1]!)) / range;
    }
  }
  return distances;
}
