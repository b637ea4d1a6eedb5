import type { AggregatePreset } from '../aggregates/rules.js';
import { logSynflow } from './logsynflow.js';
import { naswot } from './naswot.js';
import { ntk } from './ntk.js';
import { regions } from './regions.js';
import { skipLength } from './skip-length.js';

/** The named aggregates of this package, in the order in which they are listed. Their metrics have their own defaults. */
export const PRESETS: readonly AggregatePreset[] = [
  {
    name: 'te-nas',
    title: 'ranks by condition number and linear regions, added',
    paper: 'Chen, Gong and Wang, ICLR 2021, arXiv 2102.11535',
    rule: 'rank-sum',
    terms: [ntk.name, regions.name],
  },
  {
    name: 'freerea',
    title:
      'codes, synaptic flow by logarithms and length of skip connections, each over its largest value, added',
    paper: 'Cavagnero, Robbiano, Caputo and Averta, WACV 2023, arXiv 2207.05135',
    rule: 'max-sum',
    terms: [naswot.name, logSynflow.name, skipLength.name],
  },
];
