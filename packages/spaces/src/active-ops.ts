import { isRecord, TenasError } from '@tenas/base';

/**
 * Operations still alive in a supernet: for each cell type and edge, their names. An edge outputs the mean of its
 * active operations; `none` gives zeros and counts in the mean; an edge without any contributes nothing.
 *
 * NAS-Bench-201: `{cell: {'1<-0': ['skip_connect', ...], ...}}`; DARTS: `{normal: {...}, reduce: {...}}`.
 */
export type ActiveOps = Readonly<Record<string, Readonly<Record<string, readonly string[]>>>>;

/** One operation on one edge of one cell type. */
export interface OpChoice {
  readonly cell: string;
  readonly edge: string;
  readonly op: string;
}

/** What an active set ranges over. */
export interface OpGrid {
  readonly cellTypes: readonly string[];
  readonly edges: readonly string[];
  readonly ops: readonly string[];
}

/** An active set with the same operations on every edge, in the order of the grid. */
export function uniformActive(grid: OpGrid, ops: readonly string[]): ActiveOps {
  return mapActive(grid, () => ops);
}

/** An active set built edge by edge; the operations come out in the grid's order, each once. */
export function mapActive(grid: OpGrid, opsOf: (cell: string, edge: string) => readonly string[]): ActiveOps {
  return Object.fromEntries(
    grid.cellTypes.map((cell) => [
      cell,
      Object.fromEntries(
        grid.edges.map((edge) => {
          const chosen = opsOf(cell, edge);
          return [edge, grid.ops.filter((op) => chosen.includes(op))];
        }),
      ),
    ]),
  );
}

function invalid(field: string, value: unknown, message: string): TenasError {
  return new TenasError('ACTIVE_OPS_INVALID', `${field}: ${message}`, { field, value });
}

function checkKeys(
  value: unknown,
  field: string,
  keys: readonly string[],
): Readonly<Record<string, unknown>> {
  if (!isRecord(value)) throw invalid(field, value, `must be an object with ${keys.join(', ')}`);
  for (const key of Object.keys(value)) {
    if (!keys.includes(key))
      throw invalid(`${field}.${key}`, value[key], `unknown, must be one of ${keys.join(', ')}`);
  }
  for (const key of keys) {
    if (!Object.hasOwn(value, key)) throw invalid(`${field}.${key}`, undefined, 'missing');
  }
  return value;
}

/**
 * Checks an active set that came from outside and puts the operations of each edge in the grid's order.
 *
 * @throws TenasError `ACTIVE_OPS_INVALID` naming the cell type, edge or operation that is unknown, missing or repeated.
 */
export function checkActive(grid: OpGrid, value: unknown): ActiveOps {
  const cells = checkKeys(value, 'active', grid.cellTypes);
  for (const cell of grid.cellTypes) {
    const edges = checkKeys(cells[cell], `active.${cell}`, grid.edges);
    for (const edge of grid.edges) {
      const field = `active.${cell}.${edge}`;
      const ops = edges[edge];
      if (!Array.isArray(ops)) throw invalid(field, ops, 'must be a list of operations');
      for (const op of ops) {
        if (!grid.ops.includes(op)) {
          throw invalid(
            field,
            op,
            `unknown operation ${JSON.stringify(op)}, known are ${grid.ops.join(', ')}`,
          );
        }
      }
      if (new Set(ops).size < ops.length) throw invalid(field, ops, 'repeats an operation');
    }
  }
  const checked = value as ActiveOps;
  return mapActive(grid, (cell, edge) => checked[cell]![edge]!);
}

/**
 * The same active set without one operation.
 *
 * @throws TenasError `OP_NOT_ACTIVE` if the operation is not active on that edge.
 */
export function withoutOp(active: ActiveOps, choice: OpChoice): ActiveOps {
  const { cell, edge, op } = choice;
  const ops = active[cell]?.[edge];
  if (!ops?.includes(op)) {
    throw new TenasError('OP_NOT_ACTIVE', `${op} is not active on edge ${edge} of cell type ${cell}`, {
      field: `${cell}.${edge}`,
      value: op,
    });
  }
  return { ...active, [cell]: { ...active[cell], [edge]: ops.filter((other) => other !== op) } };
}

/** All active operations, in the order cell types, edges, operations. */
export function listActive(active: ActiveOps): OpChoice[] {
  return Object.entries(active).flatMap(([cell, edges]) =>
    Object.entries(edges).flatMap(([edge, ops]) => ops.map((op) => ({ cell, edge, op }))),
  );
}
