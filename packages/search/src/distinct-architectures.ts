import type { Space } from '@tenas/spaces';
import { canonicalKey } from './canonical-key.js';

/**
 * Architectures drawn uniformly, none of them twice: of isomorphic ones the first. Fewer where the space has no more.
 */
export function distinctArchitectures(space: Space, count: number, seed: number): object[] {
  const all = space.enumeration?.size ?? Number.POSITIVE_INFINITY;
  let distinct: object[] = [];
  for (let drawn = Math.min(count, all); ; drawn = Math.min(2 * drawn, all)) {
    const before = distinct.length;
    const byKey = new Map<string, object>();
    for (const architecture of space.sample({ count: drawn, seed })) {
      const key = canonicalKey(space, architecture);
      if (!byKey.has(key)) byKey.set(key, architecture);
    }
    distinct = [...byKey.values()];
    // A space without an enumeration is taken to be exhausted once as many again bring nothing new.
    if (distinct.length >= count || drawn >= all || distinct.length === before)
      return distinct.slice(0, count);
  }
}
