import { type ChosenArchitecture, defineSpace } from '../define-space.js';
import type { Space } from '../space.js';
import { MNASNET_DECISIONS, MNASNET_SEPARATORS, mnasnetNetwork } from './network.js';
import { MNASNET_SIZES, type MnasnetSize } from './size.js';

/**
 * The MnasNet space as Accel-NASBench trains it on ImageNet: expansion, kernel, number of layers and
 * squeeze-and-excitation of seven stages, e.g.
 * `6-4-6-6-6-1-1/3-5-3-5-5-3-3/1-2-3-3-2-2-2/0-0-0-0-0-0-0`.
 */
export const mnasnet: Space<ChosenArchitecture, MnasnetSize> = defineSpace<MnasnetSize>({
  name: 'mnasnet',
  title: 'MnasNet',
  paper: 'Tan et al., CVPR 2019, arXiv 1807.11626, as in Accel-NASBench, Ahmad et al. 2024, arXiv 2404.08005',
  decisions: MNASNET_DECISIONS,
  separator: MNASNET_SEPARATORS,
  example: '6-4-6-6-6-1-1/3-5-3-5-5-3-3/1-2-3-3-2-2-2/0-0-0-0-0-0-0',
  sizes: MNASNET_SIZES,
  network: mnasnetNetwork,
});
