import { TenasError } from '@tenas/base';
import { graphCost } from '@tenas/graph';
import { type ActiveOps, checkActive, mapActive } from '../active-ops.js';
import { datasetShape } from '../dataset-shape.js';
import { GenotypeSyntaxError } from '../genotype-syntax-error.js';
import { checkLength } from '../literal.js';
import { ownArchitecture } from '../own-architecture.js';
import type { SearchSpace } from '../space.js';
import {
  type DartsArchitecture,
  type DartsCell,
  dartsArchitecture,
  formatDarts,
  parseDarts,
} from './genotype.js';
import { KNOWN_DARTS_GENOTYPES, knownDartsGenotype } from './known-genotypes.js';
import { dartsNetwork } from './network.js';
import {
  DARTS_CELL_TYPES,
  DARTS_EDGE_GROUPS,
  DARTS_EDGES,
  DARTS_GENOTYPE_OPS,
  DARTS_INPUTS_PER_NODE,
  DARTS_OPS,
  type DartsCellType,
} from './operations.js';
import { sampleDarts } from './sample.js';
import { DARTS_GRID, dartsSupernet, fullDartsActive } from './supernet.js';

/** The cell that is left of one cell type when each node has two inputs of one operation each. */
function cellOf(active: ActiveOps, type: DartsCellType): DartsCell {
  const inputs = DARTS_EDGE_GROUPS.flatMap(([start, end], node) => {
    const alive = DARTS_EDGES.slice(start, end).flatMap((edge, state) => {
      const ops = active[type]![edge]!;
      if (ops.length > 1 || ops[0] === 'none') {
        throw undecided(
          `${type}.${edge}`,
          ops,
          `edge ${edge} of the ${type} cell needs at most 1 operation other than none`,
        );
      }
      const op = DARTS_GENOTYPE_OPS.find((known) => known === ops[0]);
      return op === undefined ? [] : [{ op, state }];
    });
    if (alive.length !== DARTS_INPUTS_PER_NODE) {
      throw undecided(
        `${type}.node${node}`,
        alive,
        `node ${node} of the ${type} cell has ${alive.length} inputs, a genotype needs exactly ${DARTS_INPUTS_PER_NODE}`,
      );
    }
    return alive;
  });
  return { inputs, concat: [2, 3, 4, 5] };
}

function undecided(field: string, value: unknown, message: string): TenasError {
  return new TenasError('GENOTYPE_UNDECIDED', message, { field, value });
}

function architectureOf(active: ActiveOps): DartsArchitecture {
  const checked = checkActive(DARTS_GRID, active);
  return dartsArchitecture({ normal: cellOf(checked, 'normal'), reduce: cellOf(checked, 'reduce') });
}

/**
 * Only the architecture's operations. A supernet has one edge between two states: a node that reads a state twice gets
 * both operations on that edge, which the supernet averages.
 */
function activeOf(architecture: DartsArchitecture): ActiveOps {
  ownArchitecture('darts', architecture);
  return mapActive(DARTS_GRID, (type, edge) => {
    const { inputs } = architecture[type as DartsCellType];
    return inputs.flatMap(({ op, state }, position) =>
      edge === `${Math.floor(position / DARTS_INPUTS_PER_NODE)}<-${state}` ? [op] : [],
    );
  });
}

function parse(text: string): DartsArchitecture {
  checkLength(text, 'DARTS genotype');
  const known = knownDartsGenotype(text);
  if (known !== undefined) return known;
  const word = /^\s*([\w-]+)\s*$/.exec(text)?.[1];
  if (word !== undefined) {
    throw new GenotypeSyntaxError({
      text,
      position: text.indexOf(word),
      token: word,
      expected: `a known name (${KNOWN_DARTS_GENOTYPES.join(', ')}) or Genotype(normal=[...], ...)`,
      what: 'DARTS genotype',
    });
  }
  return parseDarts(text);
}

/** DARTS (Liu, Simonyan, Yang, ICLR 2019, arXiv 1806.09055): a normal and a reduction cell, 14 edges, eight operations. */
export const darts: SearchSpace<DartsArchitecture> = {
  name: 'darts',
  ops: DARTS_OPS,
  cellTypes: DARTS_CELL_TYPES,
  edges: DARTS_EDGES,
  edgePruning: { groups: DARTS_EDGE_GROUPS, keep: DARTS_INPUTS_PER_NODE },
  knownArchitectures: KNOWN_DARTS_GENOTYPES,

  fullActive: fullDartsActive,
  checkActive: (value) => checkActive(DARTS_GRID, value),
  supernet: dartsSupernet,
  ntkNetwork: ({ classes, height, width }) => ({
    C: 1,
    N: 1,
    depth: 2,
    useStem: true,
    stemMultiplier: 1,
    numClasses: classes,
    inputShape: [3, height, width],
  }),
  regionNetwork: ({ classes }) => ({
    C: 1,
    N: 1,
    depth: 2,
    useStem: false,
    stemMultiplier: 1,
    numClasses: classes,
    inputShape: [1, 3, 3],
  }),

  architectureOf,
  genotypeOf: (active) => formatDarts(architectureOf(active)),
  activeOf,
  parse,
  format: (architecture) => formatDarts(ownArchitecture('darts', architecture)),
  sample: sampleDarts,
  network: (architecture, config) => dartsNetwork(ownArchitecture('darts', architecture), config),
  costs: (config) => ({
    of: (architecture) => graphCost(dartsNetwork(ownArchitecture('darts', architecture), config)),
  }),
  finalNetwork(dataset) {
    if (dataset === 'imagenet-1k') {
      return { macro: 'imagenet', C: 48, layers: 14, numClasses: 1000, inputShape: [3, 224, 224] };
    }
    const { classes, height, width } = typeof dataset === 'string' ? datasetShape(dataset) : dataset;
    return {
      macro: 'cifar',
      C: 36,
      layers: 20,
      stemMultiplier: 3,
      numClasses: classes,
      inputShape: [3, height, width],
    };
  },
};
