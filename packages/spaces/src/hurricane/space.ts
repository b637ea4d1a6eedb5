import { type ChosenArchitecture, defineSpace } from '../define-space.js';
import { checkDomain } from '../domain.js';
import type { Space } from '../space.js';
import { HURRICANE_DECISIONS, hurricaneLayers, hurricaneNetwork } from './network.js';
import { HURRICANE_SIZES, type HurricaneSize } from './size.js';

const EXAMPLE = ['mb3_k3', 'shuffle_k5_se', 'mb6_k5', 'xception', 'sep_k7_se'];

const chosen = defineSpace<HurricaneSize>({
  name: 'hurricane',
  title: 'HURRICANE',
  paper: 'Zhang et al., CVPR Workshops 2020, arXiv 1910.11609',
  decisions: HURRICANE_DECISIONS,
  example: HURRICANE_DECISIONS.map((_, layer) => EXAMPLE[layer % EXAMPLE.length]).join(':'),
  sizes: HURRICANE_SIZES,
  network: hurricaneNetwork,
});

/** HURRICANE's pool of 32 operators in each of 20 layers; text of operators, `mb3_k3:shuffle_k5_se:...`. */
export const hurricane: Space<ChosenArchitecture, HurricaneSize> = {
  ...chosen,
  layers: {
    network: (domain, size) => hurricaneLayers(checkDomain(HURRICANE_DECISIONS, domain), size),
  },
};
