import type { Figure } from '../figure.js';
import { cellGraph, isDrawable } from '../figures/cell-graph.js';
import type { ActiveOps } from '../input/search-record.js';
import { isDarts } from '../space-title.js';

/** `The cell`, or `Normal cell` where a space has several. */
export function cellTitle(cell: string): string {
  const name = cell === 'reduce' ? 'reduction' : cell;
  return cell === 'cell' ? 'The cell' : `${name.slice(0, 1).toUpperCase()}${name.slice(1)} cell`;
}

/** What tells the figures of several cell types apart: nothing where there is one. */
export function cellPart(cells: readonly string[], cell: string): string {
  return cells.length > 1 ? `-${cell.replace(/[^a-z0-9]+/gi, '-').toLowerCase()}` : '';
}

/** A graph of each cell type that is small enough for one. @param ending of the titles, ` it found` */
export function cellFigures(
  space: string,
  active: ActiveOps,
  name: string,
  suffix: string,
  ending: string,
): Figure[] {
  const cells = Object.keys(active);
  return cells
    .filter((cell) => isDrawable(active[cell]!))
    .map((cell) =>
      cellGraph({
        name: `${name}${cellPart(cells, cell)}${suffix}`,
        title: `${cellTitle(cell)}${ending}`,
        cell: active[cell]!,
        darts: isDarts(space),
      }),
    );
}
