import { graphCost } from '@tenas/graph';
import { checkChoices } from '../domain.js';
import { ownArchitecture } from '../own-architecture.js';
import type { Enumeration, Space } from '../space.js';
import { NAS_BENCH_201_RECIPE } from '../training-recipe.js';
import { natsSizeNetwork } from './network.js';
import { NATS_SIZE_SIZES, type NatsSizeSize } from './size.js';
import {
  formatNatsSize,
  NATS_SIZE_COUNT,
  NATS_SIZE_DECISIONS,
  type NatsSizeArchitecture,
  natsSizeAt,
  natsSizeChoices,
  natsSizeFromChoices,
  natsSizeIndex,
  parseNatsSize,
  sampleNatsSize,
} from './widths.js';

const NAME = 'nats-size';

function own(architecture: NatsSizeArchitecture): NatsSizeArchitecture {
  return ownArchitecture(NAME, architecture);
}

/** The space with what it can do. */
export interface NatsSizeSpace extends Space<NatsSizeArchitecture, NatsSizeSize> {
  readonly enumeration: Enumeration<NatsSizeArchitecture>;
}

/** The size space of NATS-Bench (Dong et al., TPAMI 2021, arXiv 2009.00437): the widths of five layers of a fixed cell. */
export const natsSize: NatsSizeSpace = {
  name: NAME,
  title: 'NATS-Bench size',
  paper: 'Dong, Liu, Musial and Gabrys, TPAMI 2021, arXiv 2009.00437',
  decisions: NATS_SIZE_DECISIONS,
  knownArchitectures: [],
  example: '64:32:8:48:56',
  recipe: NAS_BENCH_201_RECIPE,

  parse: parseNatsSize,
  format: (architecture) => formatNatsSize(own(architecture)),
  choicesOf: (architecture) => natsSizeChoices(own(architecture)),
  fromChoices: (choices) => natsSizeFromChoices(checkChoices(NATS_SIZE_DECISIONS, choices)),

  sizes: NATS_SIZE_SIZES,
  network: (architecture, size) => natsSizeNetwork(own(architecture), size),
  costs: (size) => ({ of: (architecture) => graphCost(natsSizeNetwork(own(architecture), size)) }),
  sample: sampleNatsSize,

  enumeration: {
    size: NATS_SIZE_COUNT,
    at: natsSizeAt,
    indexOf: (architecture) => natsSizeIndex(own(architecture)),
  },
};
