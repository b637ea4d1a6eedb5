import { addApartCell, dartsApart, isApartCell } from '../darts/apart.js';
import { cellOperations, decidedCell, edgeGroups } from '../darts/cell-edges.js';
import { DARTS_INPUTS_PER_NODE, DARTS_SUPERNET_DECISIONS } from '../darts/operations.js';
import { DARTS_SUPERNET_SIZES, type DartsSupernetSize } from '../darts/size.js';
import { addMixedCell, buildFrame } from '../darts/supernet.js';
import { checkDomain, type Decision, fullDomain, mapDomain } from '../domain.js';
import type { SpaceSupernet } from '../space.js';
import { supernetOf } from '../supernet.js';
import { bothCells, type DartsFrcArchitecture, dartsFrcArchitecture, ownDartsFrc } from './architecture.js';

/** The edges of the normal cell. */
const DECISIONS: readonly Decision[] = DARTS_SUPERNET_DECISIONS.filter(({ group }) => group === 'normal');

/**
 * The supernet of DARTS, in which the cells that reduce are fixed: its parameters are named alike, those of the fixed cells
 * as in the networks of single architectures, e.g. `cells.1.ops1.0.1.weight`.
 */
export const dartsFrcSupernet: SpaceSupernet<DartsFrcArchitecture, DartsSupernetSize> = {
  decisions: DECISIONS,
  edgePruning: { groups: edgeGroups('normal'), keep: DARTS_INPUTS_PER_NODE },
  sizes: DARTS_SUPERNET_SIZES,
  full: () => fullDomain(DECISIONS, ['none']),
  check: (value) => checkDomain(DECISIONS, value),
  build: (size) =>
    supernetOf(
      DECISIONS,
      buildFrame(size, (graph, place, states) =>
        place.type === 'reduce'
          ? addApartCell(graph, null, place, states)
          : addMixedCell(graph, place, states),
      ),
    ),
  domainOf(architecture) {
    const open = cellOperations('normal', ownDartsFrc(architecture).normal);
    return mapDomain(DECISIONS, ({ name }) => open.get(name) ?? []);
  },
  architectureOf: (domain) =>
    dartsFrcArchitecture({ normal: decidedCell(checkDomain(DECISIONS, domain), 'normal') }),
  apart: {
    needed: (architecture) => isApartCell(ownDartsFrc(architecture).normal),
    network: (architecture, size) => dartsApart.network(bothCells(ownDartsFrc(architecture)), size),
  },
};
