import type { AggregatePreset } from '../aggregates/rules.js';
import { azExpressivity } from './az-expressivity.js';
import { azProgressivity } from './az-progressivity.js';
import { azTrainability } from './az-trainability.js';
import { depth } from './depth.js';
import { jacov } from './jacov.js';
import { logSynflow } from './logsynflow.js';
import { macs } from './macs.js';
import { meco } from './meco.js';
import { naswot } from './naswot.js';
import { near } from './near.js';
import { ntk } from './ntk.js';
import { regions } from './regions.js';
import { skipLength } from './skip-length.js';
import { swap } from './swap.js';
import { tegnasMse } from './tegnas-mse.js';
import { vkdnwDim } from './vkdnw-dim.js';
import { vkdnwEntropy } from './vkdnw-entropy.js';
import { zen } from './zen.js';
import { zico } from './zico.js';

/** The metrics of AZ-NAS. */
const AZ = [azExpressivity.name, azProgressivity.name, azTrainability.name, macs.name];

/** The named aggregates of this package, in the order in which they are listed. Their metrics have their own defaults. */
export const PRESETS: readonly AggregatePreset[] = [
  {
    name: 'tenas',
    title:
      'ranks by depth, independence of channels, ranks of features, patterns of activations and sensitivity to noise, added: the choice of this project',
    paper: '',
    rule: 'rank-sum',
    terms: [depth.name, meco.name, near.name, swap.name, zen.name],
  },
  {
    name: 'te-nas',
    title: 'ranks by condition number and linear regions, added',
    paper: 'Chen, Gong and Wang, ICLR 2021, arXiv 2102.11535',
    rule: 'rank-sum',
    terms: [ntk.name, regions.name],
  },
  {
    name: 'teg-nas',
    title: 'ranks by condition number, linear regions and error of kernel regression, added',
    paper: 'Chen, Gong, Chen, Liu, Yuan and Wang, arXiv 2108.11939',
    rule: 'rank-sum',
    terms: [ntk.name, regions.name, tegnasMse.name],
  },
  {
    name: 'az-nas',
    title: 'logarithms of the ranks by expressivity, progressivity, trainability and multiply-adds, added',
    paper: 'Lee and Ham, CVPR 2024, arXiv 2403.19232',
    rule: 'log-rank',
    terms: AZ,
  },
  {
    name: 'freerea',
    title:
      'codes, synaptic flow by logarithms and length of skip connections, each over its largest value, added',
    paper: 'Cavagnero, Robbiano, Caputo and Averta, WACV 2023, arXiv 2207.05135',
    rule: 'max-sum',
    terms: [naswot.name, logSynflow.name, skipLength.name],
  },
  {
    name: 'vkdnw',
    title: 'tensors, and among equals the entropy of the Fisher matrix',
    paper: 'Tybl and Neumann, CVPR 2025, arXiv 2502.04975',
    rule: 'lexicographic',
    terms: [vkdnwDim.name, vkdnwEntropy.name],
  },
  {
    name: 'vkdnw-agg',
    title:
      'logarithms of the ranks by tensors and entropy of the Fisher matrix, Jacobian, expressivity, trainability and multiply-adds, added',
    paper: 'Tybl and Neumann, CVPR 2025, arXiv 2502.04975',
    rule: 'log-rank',
    terms: [
      [vkdnwDim.name, vkdnwEntropy.name],
      jacov.name,
      azExpressivity.name,
      azTrainability.name,
      macs.name,
    ],
  },
  {
    name: 'zico+az',
    title: 'logarithms of the ranks by steadiness of gradients and the metrics of az-nas, added',
    paper: 'Lee and Ham, CVPR 2024, arXiv 2403.19232',
    rule: 'log-rank',
    terms: [zico.name, ...AZ],
  },
];
