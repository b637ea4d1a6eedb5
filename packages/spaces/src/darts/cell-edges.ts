import { TenasError } from '@tenas/base';
import type { Domain } from '../domain.js';
import { DARTS_CONCAT, type DartsCell, nodeOf } from './genotype.js';
import {
  DARTS_EDGE_GROUPS,
  DARTS_EDGES,
  DARTS_GENOTYPE_OPS,
  DARTS_INPUTS_PER_NODE,
  type DartsCellType,
} from './operations.js';

/** The decisions of the supernet that feed each node of a cell. */
export function edgeGroups(type: DartsCellType): string[][] {
  return DARTS_EDGE_GROUPS.map(([start, end]) =>
    DARTS_EDGES.slice(start, end).map((edge) => `${type}/${edge}`),
  );
}

/** The operations of a cell but `none`, by decision of the supernet. */
export function cellOperations(type: DartsCellType, { inputs }: DartsCell): ReadonlyMap<string, string[]> {
  const open = new Map<string, string[]>();
  for (const [position, { op, state }] of inputs.entries()) {
    if (op === 'none') continue;
    const decision = `${type}/${nodeOf(position)}<-${state}`;
    open.set(decision, [...(open.get(decision) ?? []), op]);
  }
  return open;
}

/**
 * The cell that is left of one cell type when each node has two inputs; both may be operations of one edge.
 *
 * @throws TenasError `GENOTYPE_UNDECIDED` naming an edge or node with too many or too few operations
 */
export function decidedCell(domain: Domain, type: DartsCellType): DartsCell {
  const inputs = DARTS_EDGE_GROUPS.flatMap(([start, end], node) => {
    const alive = DARTS_EDGES.slice(start, end).flatMap((edge, state) => {
      const decision = `${type}/${edge}`;
      const open = domain[decision]!;
      if (open.length > DARTS_INPUTS_PER_NODE || open.includes('none')) {
        throw undecided(
          decision,
          open,
          `${decision} needs at most ${DARTS_INPUTS_PER_NODE} open operations other than none`,
        );
      }
      return DARTS_GENOTYPE_OPS.filter((known) => open.includes(known)).map((op) => ({ op, state }));
    });
    if (alive.length !== DARTS_INPUTS_PER_NODE) {
      throw undecided(
        `${type}/${node}`,
        alive,
        `node ${node} of the ${type} cell has ${alive.length} inputs, a genotype needs exactly ${DARTS_INPUTS_PER_NODE}`,
      );
    }
    return alive;
  });
  return { inputs, concat: DARTS_CONCAT };
}

function undecided(field: string, value: unknown, message: string): TenasError {
  return new TenasError('GENOTYPE_UNDECIDED', message, { field, value });
}
