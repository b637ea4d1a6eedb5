import { DEFAULT_OBJECTIVE } from '@tenas/metrics/definitions';
import { z } from 'zod';
import type { Ask } from '../ask.js';
import { BY_PRESET, type PresetInfo, type PresetName } from '../presets.js';
import type { Strategy, StrategyNeed } from '../strategy.js';
import { Exp3Agents } from './exp3-agents.js';
import { LeastSquaresAgents } from './least-squares-agents.js';
import { completeManas, type GivenManasSettings, manasFields, roundsOf } from './settings.js';
import { searchByAgents } from './system.js';

const PAPER =
  'Lopes, Carlucci, Esperança, Singh, Yang, Gabillon, Xu, Chen and Wang, Machine Learning 113 (2024), arXiv 1909.01051';

const NEEDS: readonly StrategyNeed[] = ['supernet', 'labels'];

const PRESETS: Readonly<Record<PresetName, PresetInfo>> = {
  quick: {
    what: '4 channels, one cell per stage, 8,000 images, 80 epochs, 65 of them to warm up; agents hear ranks',
    cost: 'about two minutes of one core',
  },
  published: {
    what: '16 channels, all cells with agents of their own, all images, 500 epochs; agents hear losses',
    cost: 'weeks on two cores',
  },
};

/** Without training, agents need nothing but metrics. */
const needsWith = ({ loss }: Pick<GivenManasSettings, 'loss'>): readonly StrategyNeed[] =>
  loss === 'metrics' ? [] : NEEDS;

const exp3Settings = z.strictObject({
  ...manasFields,
  eta: z
    .number()
    .gt(0)
    .max(1000)
    .optional()
    .describe(`step of learning; published: sqrt(2 ln K / (K rounds)) for K choices${BY_PRESET}`),
  gamma: z.number().min(0).max(1).optional().describe(`share of draws that are uniform${BY_PRESET}`),
  cap: z
    .number()
    .min(1)
    .max(1e12)
    .optional()
    .describe('largest weight of a loss, 1 / probability of the choice (default: none)'),
});

/** The settings of `manas` with what depends on others. */
function completeExp3(
  given: z.output<typeof exp3Settings>,
  about: Pick<Ask, 'space' | 'source' | 'metrics'>,
) {
  const settings = { ...given, ...completeManas(given, about) };
  const most = Math.max(...about.space.decisions.map(({ choices }) => choices.length));
  const published = Math.sqrt((2 * Math.log(most)) / (most * roundsOf(settings, about.source)));
  const quick = settings.preset === 'quick';
  // Losses of trained weights are noisy: without uniform draws, agents settle on what was lucky at first.
  const { eta = quick ? 0.1 : published, gamma = quick && settings.loss === 'validation' ? 0.1 : 0 } = given;
  return { ...settings, eta, gamma };
}

/** MANAS: agents that learn by EXP3 from the loss of the network that they make together. */
export const manas: Strategy<z.output<typeof exp3Settings>> = {
  name: 'manas',
  title: 'multi-agent bandits: an agent for each decision, all learn by EXP3 from one loss',
  paper: PAPER,
  needs: NEEDS,
  needsWith,
  metrics: [DEFAULT_OBJECTIVE],
  presets: PRESETS,
  settings: exp3Settings,
  complete: (given, about) => ({ settings: completeExp3(given, about) }),
  async run(ask, given) {
    const settings = completeExp3(given, ask);
    const { eta, gamma, cap = null } = settings;
    return await searchByAgents(ask, settings, {
      make: (choices, losses) => new Exp3Agents(choices, losses, { eta, gamma, clip: cap }),
      rate: 'eta',
    });
  },
};

const leastSquaresSettings = z.strictObject({
  ...manasFields,
  start: z.int().min(1).max(100_000).default(30).describe('rounds of uniform draws before the first fit'),
  refit: z.int().min(1).max(100_000).default(10).describe('rounds between two fits'),
});

/** MANAS-LS: least squares say what part of the loss each choice has, and agents draw by Zipf's law over its order. */
export const manasLs: Strategy<z.output<typeof leastSquaresSettings>> = {
  name: 'manas-ls',
  title: 'multi-agent bandits by least squares: a part of the loss for each choice, draws by rank',
  paper: PAPER,
  needs: NEEDS,
  needsWith,
  metrics: [DEFAULT_OBJECTIVE],
  presets: PRESETS,
  settings: leastSquaresSettings,
  complete: (given, about) => ({ settings: { ...given, ...completeManas(given, about) } }),
  async run(ask, given) {
    const settings = completeManas(given, ask);
    const { start, refit } = given;
    return await searchByAgents(ask, settings, {
      make: (choices, losses) => new LeastSquaresAgents(choices, losses, { start, refit }),
      rate: 'refit',
    });
  },
};
