import { settingError, TenasError } from '@tenas/base';
import { graphCost } from '@tenas/graph';
import { findKnown } from '../known-name.js';
import { ownArchitecture } from '../own-architecture.js';
import type { Space } from '../space.js';
import { isSpaceName } from '../space-name.js';
import type { MobileNetV2Architecture } from './architecture.js';
import { type MobileNetV2Budget, mobileNetV2Budget, overBudget } from './budget.js';
import { MOBILENET_V2_DECISIONS, mobileNetV2Choices, mobileNetV2FromChoices } from './choices.js';
import { mobileNetV2Network } from './network.js';
import { sampleMobileNetV2 } from './sample.js';
import { MOBILENET_V2_SIZES, type MobileNetV2Size } from './size.js';
import { formatMobileNetV2, parseMobileNetV2 } from './text.js';

/** Published networks. ZiCo's is over the default budget: it can be read, but is no result of a search. */
const KNOWN = {
  'ZiCo-1G': '48/e1k7-72-48x1/e1k7-128-80x1/e2k7-144-160x3/e4k7-232-288x4+e6k5-208-232x5',
};

/**
 * The space of MobileNetV2s of ZenNAS, ZiCo and AZ-NAS under a budget of multiply-adds and layers. Samples and choices,
 * and so mutations, keep the budget; text of other networks is read too.
 *
 * @throws TenasError `CONFIG_INVALID` naming the field of the budget
 */
export function mobileNetV2Within(
  given: MobileNetV2Budget = {},
): Space<MobileNetV2Architecture, MobileNetV2Size> {
  const budget = mobileNetV2Budget(given);
  const { name } = budget;
  if (!isSpaceName(name)) {
    throw settingError('name', name, 'lower case letters, digits and single hyphens', 'CONFIG_INVALID');
  }
  const own = (architecture: MobileNetV2Architecture) => ownArchitecture(name, architecture);
  const network = (architecture: MobileNetV2Architecture, size?: MobileNetV2Size) =>
    mobileNetV2Network(own(architecture), size);
  return {
    name,
    title: 'MobileNetV2',
    paper:
      'Lin et al. (ZenNAS), ICCV 2021, arXiv 2102.01063, as in ZiCo, Li et al., ICLR 2023, arXiv 2301.11300',
    decisions: MOBILENET_V2_DECISIONS,
    knownArchitectures: Object.keys(KNOWN),
    example: '24/e4k3-32-32x3/e1k3-48-80x1/e2k5-96-96x5/e4k5-192-192x3',

    parse: (text) => ({ space: name, ...parseMobileNetV2(findKnown(KNOWN, text) ?? text) }),
    format: (architecture) => formatMobileNetV2(own(architecture)),
    choicesOf: (architecture) => mobileNetV2Choices(own(architecture)),
    fromChoices(choices) {
      const architecture = { space: name, ...mobileNetV2FromChoices(choices) };
      const problem = overBudget(architecture, budget);
      if (problem === undefined) return architecture;
      throw new TenasError('CHOICES_INVALID', `choices: the architecture ${problem}`, { field: 'choices' });
    },

    sizes: MOBILENET_V2_SIZES,
    network,
    costs: (size) => ({ of: (architecture) => graphCost(network(architecture, size)) }),
    sample: (options) => sampleMobileNetV2(budget, options),
  };
}

/** {@link mobileNetV2Within} the authors' smallest budget, 450 million multiply-adds and 14 layers. */
export const mobileNetV2 = mobileNetV2Within();
