import { checkChoices, checkDomain, decidedChoices, fullDomain } from '../domain.js';
import { checkLength } from '../literal.js';
import { ownArchitecture } from '../own-architecture.js';
import type { Progressive } from '../progressive.js';
import type { Enumeration, Isomorphism, Space, SpaceSupernet } from '../space.js';
import { NAS_BENCH_201_RECIPE } from '../training-recipe.js';
import { hasUnreachableEdge } from '../unreachable-edges.js';
import { canonicalNasBench201, nasBench201CanonicalKey } from './canonical.js';
import { nasBench201Costs } from './costs.js';
import { NAS_BENCH_201_SIZE, nasBench201At, nasBench201Index, sampleNasBench201 } from './enumeration.js';
import {
  formatNasBench201,
  type NasBench201Architecture,
  nasBench201Architecture,
  parseNasBench201,
  WHAT,
} from './genotype.js';
import { KNOWN_NAS_BENCH_201_CELLS, knownNasBench201Text } from './known-cells.js';
import { nasBench201Levels } from './levels.js';
import { nasBench201Network } from './network.js';
import { NAS_BENCH_201_DECISIONS, NAS_BENCH_201_NODES } from './operations.js';
import {
  NAS_BENCH_201_SIZES,
  NAS_BENCH_201_SUPERNET_SIZES,
  type NasBench201Size,
  type NasBench201SupernetSize,
} from './size.js';
import { nasBench201Supernet } from './supernet.js';

const NAME = 'nas-bench-201';

function own(architecture: NasBench201Architecture): NasBench201Architecture {
  return ownArchitecture(NAME, architecture);
}

/** The operation on each edge, by its decision. */
function operationsOf(architecture: NasBench201Architecture): [decision: string, op: string][] {
  const { ops } = own(architecture);
  return NAS_BENCH_201_DECISIONS.map(({ name }, edge) => [name, ops[edge]!]);
}

/** The space with what it can do. */
export interface NasBench201Space extends Space<NasBench201Architecture, NasBench201Size> {
  readonly supernet: SpaceSupernet<NasBench201Architecture, NasBench201SupernetSize>;
  readonly enumeration: Enumeration<NasBench201Architecture>;
  readonly isomorphism: Isomorphism<NasBench201Architecture>;
  readonly progressive: Progressive<NasBench201Architecture>;
}

const supernet: SpaceSupernet<NasBench201Architecture, NasBench201SupernetSize> = {
  decisions: NAS_BENCH_201_DECISIONS,
  edgePruning: null,
  sizes: NAS_BENCH_201_SUPERNET_SIZES,
  full: () => fullDomain(NAS_BENCH_201_DECISIONS, ['none']),
  check: (value) => checkDomain(NAS_BENCH_201_DECISIONS, value),
  build: nasBench201Supernet,
  domainOf: (architecture) =>
    Object.fromEntries(operationsOf(architecture).map(([decision, op]) => [decision, [op]])),
  architectureOf: (domain) =>
    nasBench201Architecture(Object.values(decidedChoices(checkDomain(NAS_BENCH_201_DECISIONS, domain)))),
};

const enumeration: Enumeration<NasBench201Architecture> = {
  size: NAS_BENCH_201_SIZE,
  at: nasBench201At,
  indexOf: (architecture) => nasBench201Index(own(architecture)),
};

const isomorphism: Isomorphism<NasBench201Architecture> = {
  key: (architecture) => nasBench201CanonicalKey(own(architecture)),
  representative: (architecture) => canonicalNasBench201(own(architecture)),
};

/** NAS-Bench-201 (Dong and Yang, ICLR 2020, arXiv 2001.00326): one cell of six edges, five operations. */
export const nasBench201: NasBench201Space = {
  name: NAME,
  title: 'NAS-Bench-201',
  paper: 'Dong and Yang, ICLR 2020, arXiv 2001.00326',
  decisions: NAS_BENCH_201_DECISIONS,
  knownArchitectures: KNOWN_NAS_BENCH_201_CELLS,
  example: '|nor_conv_3x3~0|+|skip_connect~0|nor_conv_3x3~1|+|none~0|avg_pool_3x3~1|nor_conv_1x1~2|',
  recipe: NAS_BENCH_201_RECIPE,

  parse(text) {
    checkLength(text, WHAT);
    return parseNasBench201(knownNasBench201Text(text) ?? text);
  },
  format: (architecture) => formatNasBench201(own(architecture)),
  choicesOf: (architecture) => Object.fromEntries(operationsOf(architecture)),
  fromChoices: (choices) =>
    nasBench201Architecture(Object.values(checkChoices(NAS_BENCH_201_DECISIONS, choices))),

  sizes: NAS_BENCH_201_SIZES,
  network: (architecture, size) => nasBench201Network(own(architecture), size),
  costs(size) {
    const { of, values } = nasBench201Costs(size);
    return {
      of: (architecture) => of(own(architecture)),
      values: (architecture) => values(own(architecture)),
    };
  },
  sample: sampleNasBench201,
  skipSpans: (architecture) =>
    NAS_BENCH_201_NODES.flatMap(({ node, firstEdge }) =>
      own(architecture)
        .ops.slice(firstEdge, firstEdge + node)
        .flatMap((op, from) => (op === 'skip_connect' ? [node - from - 1] : [])),
    ),
  hasUnreachableOperation: (architecture) =>
    hasUnreachableEdge(
      NAS_BENCH_201_NODES.flatMap(({ node, firstEdge }) =>
        own(architecture)
          .ops.slice(firstEdge, firstEdge + node)
          .flatMap((op, from) => (op === 'none' ? [] : [{ from, to: node }])),
      ),
      { inputs: [0], outputs: [NAS_BENCH_201_NODES.at(-1)!.node] },
    ),

  supernet,
  enumeration,
  isomorphism,
  progressive: nasBench201Levels,
};
