import { knownChoices } from '../choices-text.js';
import { type ChosenArchitecture, defineSpace } from '../define-space.js';
import type { Space } from '../space.js';
import { FBNET_DECISIONS, fbNetNetwork } from './network.js';
import { FBNET_SIZES, type FbNetSize } from './size.js';

/** The published networks: `FBNet-A` as in facebookresearch/mobile-vision, `FBNet-B` and `FBNet-C` as in the paper. */
const KNOWN = {
  'FBNet-A': knownChoices(`skip
    k3_e3 k3_e1    skip     skip
    k5_e6 k3_e3    k5_e1    k3_e3
    k5_e6 k5_e3    k5_e1_g2 k5_e6
    k3_e6 k5_e1_g2 k5_e3    k3_e1_g2
    k5_e6 k5_e6    k5_e3    k5_e6
    k5_e6 1504`),
  'FBNet-B': knownChoices(`k3_e1
    k3_e6 k5_e1    k3_e1    k3_e1
    k5_e6 k5_e3    k3_e6    k5_e6
    k5_e6 k5_e1    skip     k5_e3
    k5_e6 k3_e1    k5_e1    k5_e3
    k5_e6 k5_e1    k5_e6    k5_e6
    k3_e6 1984`),
  'FBNet-C': knownChoices(`k3_e1
    k3_e6 skip     k3_e1    k3_e1
    k5_e6 k5_e3    k5_e6    k3_e6
    k5_e6 k5_e3    k5_e6    k5_e6
    k5_e6 k5_e6    k5_e6    k5_e3
    k5_e6 k5_e6    k5_e6    k5_e6
    k3_e6 1984`),
};

/** FBNet: a block or nothing for each of 22 layers, e.g. `k3_e1:k3_e6:skip:...:k3_e6:1984`. */
export const fbNet: Space<ChosenArchitecture, FbNetSize> = defineSpace<FbNetSize>({
  name: 'fbnet',
  title: 'FBNet',
  paper: 'Wu et al., CVPR 2019, arXiv 1812.03443',
  decisions: FBNET_DECISIONS,
  known: KNOWN,
  example: KNOWN['FBNet-C'],
  sizes: FBNET_SIZES,
  network: fbNetNetwork,
});
