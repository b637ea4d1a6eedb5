import { RandomStream } from '@tenas/base';

/** Candidates of which the one farthest from those chosen before is taken. */
const CANDIDATES = 100;

/** All orders of so many things, the identity first. @param things few: there are things! orders */
export function allPermutations(things: number): Uint8Array[] {
  if (things === 0) return [new Uint8Array()];
  return allPermutations(things - 1).flatMap((order) =>
    Array.from({ length: things }, (_, last) =>
      Uint8Array.from([...order.map((thing) => (thing >= last ? thing + 1 : thing)), last]),
    ),
  );
}

/**
 * Some orders that differ from each other in many places: each is the best of 100 random ones by its smallest Hamming
 * distance from those before (after Noroozi and Favaro, ECCV 2016, who compare all orders). Always the same ones.
 */
export function distantPermutations(things: number, count: number): Uint8Array[] {
  const random = new RandomStream('distant permutations', things);
  const chosen: Uint8Array[] = [];
  while (chosen.length < count) {
    let best: Uint8Array | undefined;
    let farthest = 0;
    for (let candidate = 0; candidate < CANDIDATES; candidate++) {
      const order = Uint8Array.from(random.sample(things, things));
      const distance = smallestDistance(order, chosen, farthest);
      if (distance <= farthest) continue;
      best = order;
      farthest = distance;
    }
    if (best !== undefined) chosen.push(best);
  }
  return chosen;
}

/** The smallest Hamming distance from some orders, or anything up to `floor` once it is known to be no larger. */
function smallestDistance(order: Uint8Array, others: readonly Uint8Array[], floor: number): number {
  let smallest = order.length;
  for (const other of others) {
    let distance = 0;
    for (let place = 0; place < order.length; place++) distance += order[place] === other[place] ? 0 : 1;
    smallest = Math.min(smallest, distance);
    if (smallest <= floor) break;
  }
  return smallest;
}
