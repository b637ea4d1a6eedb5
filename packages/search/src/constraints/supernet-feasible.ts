import type { SpaceSupernet } from '@tenas/spaces';
import type { Ask } from '../ask.js';
import { FeasibleArchitectures } from './feasible-architectures.js';
import { partsOfSupernet } from './parts.js';

/**
 * Finds architectures within the constraints of a search by the decisions of a supernet; null: there are no constraints.
 *
 * @param twice whether two inputs of a node may be operations of one edge
 */
export function supernetFeasible(
  ask: Ask,
  supernet: SpaceSupernet,
  twice = false,
): FeasibleArchitectures | null {
  const { space, constraints, feasible } = ask;
  if (feasible === null || (supernet.edgePruning !== null && !twice)) return feasible;
  return new FeasibleArchitectures(
    space,
    constraints,
    (architecture) => ask.allowed(architecture),
    partsOfSupernet(supernet, twice),
  );
}
