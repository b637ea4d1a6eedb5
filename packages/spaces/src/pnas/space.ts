import { graphCost } from '@tenas/graph';
import { canonicalOrder, orderedText } from '../block-order.js';
import type { Domain } from '../domain.js';
import { ownArchitecture } from '../own-architecture.js';
import type { Progressive } from '../progressive.js';
import type { Isomorphism, Space } from '../space.js';
import { canonicalPnas, type PnasArchitecture } from './cell.js';
import { PNAS_DECISIONS, pnasChoices, pnasFromChoices, samplePnas } from './choices.js';
import { pnasLevels } from './levels.js';
import { pnasNetwork } from './network.js';
import { PNAS_SIZES, type PnasSize } from './size.js';
import { formatPnas, KNOWN_PNAS_CELLS, parsePnas } from './text.js';

const NAME = 'pnas';

function own(architecture: PnasArchitecture): PnasArchitecture {
  return ownArchitecture(NAME, architecture);
}

/** The operations between states and blocks, and that the output joins all blocks. */
function drawing(architecture: PnasArchitecture): Domain {
  const { blocks } = own(architecture);
  return Object.fromEntries([
    ...blocks.flatMap((halves, block) =>
      [...new Set(halves.map(({ state }) => state))].map((read): [string, string[]] => [
        `cell/${block}<-${read}`,
        halves.flatMap(({ op, state }) => (state === read ? [op] : [])),
      ]),
    ),
    ...blocks.map((_, block): [string, string[]] => [`cell/output<-${block + 2}`, []]),
  ]);
}

/** Block i is state i + 2, so that an identity from the state before it passes over none. */
function skipSpans(architecture: PnasArchitecture): number[] {
  return own(architecture).blocks.flatMap((halves, block) =>
    halves.flatMap(({ op, state }) => (op === 'skip_connect' ? [block + 1 - state] : [])),
  );
}

/** The space with what it can do. */
export interface PnasSpace extends Space<PnasArchitecture, PnasSize> {
  readonly isomorphism: Isomorphism<PnasArchitecture>;
  readonly progressive: Progressive<PnasArchitecture>;
}

/** The space of PNAS (Liu et al., ECCV 2018, arXiv 1712.00559): one cell of five blocks, each the sum of two operations. */
export const pnas: PnasSpace = {
  name: NAME,
  title: 'PNAS',
  paper:
    'Liu, Zoph, Neumann, Shlens, Hua, Li, Fei-Fei, Yuille, Huang and Murphy, ECCV 2018, arXiv 1712.00559',
  decisions: PNAS_DECISIONS,
  knownArchitectures: KNOWN_PNAS_CELLS,
  example: 'PNASNet-5',

  parse: parsePnas,
  format: (architecture) => formatPnas(own(architecture)),
  choicesOf: (architecture) => pnasChoices(own(architecture)),
  fromChoices: pnasFromChoices,

  sizes: PNAS_SIZES,
  network: (architecture, size) => pnasNetwork(own(architecture), size),
  costs: (size) => ({ of: (architecture) => graphCost(pnasNetwork(own(architecture), size)) }),
  sample: samplePnas,
  drawing,
  skipSpans,

  isomorphism: {
    key(architecture) {
      const { blocks } = own(architecture);
      return orderedText(blocks, canonicalOrder(blocks));
    },
    representative: (architecture) => canonicalPnas(own(architecture)),
  },
  progressive: pnasLevels,
};
