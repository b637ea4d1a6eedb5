import { graphCost } from '@tenas/graph';
import { checkDomain, type Domain, fullDomain, mapDomain } from '../domain.js';
import { checkLength } from '../literal.js';
import { ownArchitecture } from '../own-architecture.js';
import type { Progressive } from '../progressive.js';
import type { Space, SpaceSupernet } from '../space.js';
import { DARTS_RECIPE } from '../training-recipe.js';
import { dartsApart } from './apart.js';
import { cellOperations, decidedCell, edgeGroups } from './cell-edges.js';
import { DARTS_DECISIONS, dartsChoices, dartsFromChoices } from './choices.js';
import { type DartsArchitecture, dartsArchitecture, dartsCells, formatDarts, nodeOf } from './genotype.js';
import { KNOWN_DARTS_GENOTYPES, knownDartsGenotype } from './known-genotypes.js';
import { dartsLevels } from './levels.js';
import { dartsNetwork } from './network.js';
import {
  DARTS_CELL_TYPES,
  DARTS_EDGE_GROUPS,
  DARTS_EDGES,
  DARTS_INPUTS_PER_NODE,
  DARTS_SUPERNET_DECISIONS,
} from './operations.js';
import { parseDarts, refuseWord } from './read-genotype.js';
import { sampleDarts } from './sample.js';
import { DARTS_SIZES, DARTS_SUPERNET_SIZES, type DartsSize, type DartsSupernetSize } from './size.js';
import { dartsSupernet } from './supernet.js';
import { dartsTrainingNetwork } from './training-network.js';

const NAME = 'darts';

function own(architecture: DartsArchitecture): DartsArchitecture {
  return ownArchitecture(NAME, architecture);
}

function architectureOf(domain: Domain): DartsArchitecture {
  const checked = checkDomain(DARTS_SUPERNET_DECISIONS, domain);
  return dartsArchitecture({
    normal: decidedCell(checked, 'normal'),
    reduce: decidedCell(checked, 'reduce'),
  });
}

/**
 * Only the architecture's operations. A supernet has one edge between two states, joins all nodes, and has no fixed cell:
 * of other genotypes it can hold no more than the operations on each edge.
 */
function domainOf(architecture: DartsArchitecture): Domain {
  const open = new Map(
    dartsCells(own(architecture)).flatMap(([type, cell]) => [...cellOperations(type, cell)]),
  );
  return mapDomain(DARTS_SUPERNET_DECISIONS, ({ name }) => open.get(name) ?? []);
}

function parse(text: string): DartsArchitecture {
  checkLength(text, 'DARTS genotype');
  const known = knownDartsGenotype(text);
  if (known !== undefined) return known;
  refuseWord(text, KNOWN_DARTS_GENOTYPES, 'Genotype(normal=[...], ...)');
  return parseDarts(text);
}

/** All operations but `none`, also those that the supernet has not, and what the output joins. */
function drawing(architecture: DartsArchitecture): Domain {
  return Object.fromEntries(
    dartsCells(own(architecture)).flatMap(([type, { inputs, concat }]) => [
      ...DARTS_EDGE_GROUPS.flatMap(([start, end], node) =>
        DARTS_EDGES.slice(start, end).map((edge, state): [string, string[]] => [
          `${type}/${edge}`,
          inputs.flatMap((input, position) =>
            nodeOf(position) === node && input.state === state && input.op !== 'none' ? [input.op] : [],
          ),
        ]),
      ),
      ...concat.map((state): [string, string[]] => [`${type}/output<-${state}`, []]),
    ]),
  );
}

/** Node i is state i + 2, so that an edge from the state before it passes over none. A fixed reduction cell has no skips. */
function skipSpans(architecture: DartsArchitecture): number[] {
  return dartsCells(own(architecture)).flatMap(([, { inputs }]) =>
    inputs.flatMap(({ op, state }, position) =>
      op === 'skip_connect' ? [nodeOf(position) + 2 - state - 1] : [],
    ),
  );
}

/** The space with what it can do. */
export interface DartsSpace extends Space<DartsArchitecture, DartsSize> {
  readonly supernet: SpaceSupernet<DartsArchitecture, DartsSupernetSize>;
  readonly progressive: Progressive<DartsArchitecture>;
}

const supernet: SpaceSupernet<DartsArchitecture, DartsSupernetSize> = {
  decisions: DARTS_SUPERNET_DECISIONS,
  edgePruning: {
    groups: DARTS_CELL_TYPES.flatMap(edgeGroups),
    keep: DARTS_INPUTS_PER_NODE,
  },
  sizes: DARTS_SUPERNET_SIZES,
  full: () => fullDomain(DARTS_SUPERNET_DECISIONS, ['none']),
  check: (value) => checkDomain(DARTS_SUPERNET_DECISIONS, value),
  build: dartsSupernet,
  domainOf,
  architectureOf,
  apart: {
    needed: (architecture) => dartsApart.needed(own(architecture)),
    network: (architecture, size) => dartsApart.network(own(architecture), size),
  },
};

/** DARTS (Liu, Simonyan, Yang, ICLR 2019, arXiv 1806.09055): a normal and a reduction cell, 14 edges, eight operations. */
export const darts: DartsSpace = {
  name: NAME,
  title: 'DARTS',
  paper: 'Liu, Simonyan and Yang, ICLR 2019, arXiv 1806.09055',
  decisions: DARTS_DECISIONS,
  knownArchitectures: KNOWN_DARTS_GENOTYPES,
  example: 'DARTS_V2',
  recipe: DARTS_RECIPE,

  parse,
  format: (architecture) => formatDarts(own(architecture)),
  choicesOf: (architecture) => dartsChoices(own(architecture)),
  fromChoices: dartsFromChoices,

  sizes: DARTS_SIZES,
  network: (architecture, size) => dartsNetwork(own(architecture), size),
  trainingNetwork: (architecture, size) => dartsTrainingNetwork(own(architecture), size),
  costs: (size) => ({ of: (architecture) => graphCost(dartsNetwork(own(architecture), size)) }),
  sample: sampleDarts,
  drawing,
  skipSpans,

  supernet,
  progressive: dartsLevels,
};
