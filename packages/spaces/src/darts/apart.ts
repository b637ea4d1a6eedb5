import type { GraphBuilder, NodeId } from '@tenas/graph';
import type { ApartNetworks } from '../space.js';
import { addNodes, nodeShape } from './cell-nodes.js';
import { joinsAllNodes } from './choices.js';
import { fixedReduction } from './fixed-reduction.js';
import { type DartsArchitecture, type DartsCell, dartsCells, nodeOf } from './genotype.js';
import type { CellPlace } from './preprocess.js';
import type { DartsSupernetSize } from './size.js';
import { addOperation, buildFrame, operationPath } from './supernet.js';

/** Whether a node reads one state by two operations; `none` reads nothing. */
function readsTwice({ inputs }: DartsCell): boolean {
  const edges = inputs.flatMap(({ op, state }, position) =>
    op === 'none' ? [] : [`${nodeOf(position)}<-${state}`],
  );
  return new Set(edges).size < edges.length;
}

/** Whether the cell of a supernet cannot hold this one. */
export function isApartCell(cell: DartsCell): boolean {
  return readsTwice(cell) || !joinsAllNodes(cell);
}

/**
 * Networks of genotypes that the supernet cannot hold: a node reads one state by two operations, the output is not that
 * of all four nodes, or the reduction cell is fixed. Parameters are named as in the supernet; a second operation of the
 * same kind on an edge has `again` behind its path.
 */
export const dartsApart: ApartNetworks<DartsArchitecture, DartsSupernetSize> = {
  needed: (architecture) =>
    architecture.reduce === null || dartsCells(architecture).some(([, cell]) => isApartCell(cell)),

  network: (architecture, size) =>
    buildFrame(size, (graph, place, states) => addApartCell(graph, architecture[place.type], place, states)),
};

/** A cell of one architecture in the frame of the supernet; null: the fixed reduction cell. */
export function addApartCell(
  graph: GraphBuilder,
  cell: DartsCell | null,
  place: CellPlace,
  states: NodeId[],
): NodeId {
  const { name, type, channels } = place;
  if (cell === null) return graph.concat(fixedReduction(graph, states, { name, channels }), `${name}.concat`);
  const taken = new Set<string>();
  return addNodes(graph, cell, states, {
    name,
    shape: nodeShape(graph, states, { type, channels }),
    apply: (input, { op, state }, position) => {
      const path = operationPath(name, `${nodeOf(position)}<-${state}`, op);
      const module = taken.has(path) ? `${path}.again` : path;
      taken.add(path);
      const stride = type === 'reduce' && state < 2 ? 2 : 1;
      return addOperation(graph, input, { op, name: module, channels, stride });
    },
  });
}
