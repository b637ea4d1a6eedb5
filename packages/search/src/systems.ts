import type { PresetInfo } from './presets.js';
import { prune } from './prune/strategy.js';
import { listStrategies } from './registry.js';
import type { Strategy, StrategyNeed } from './strategy.js';

/** A system of neural architecture search as it was published, and how to run it here. */
export interface System {
  /** As its authors call it. */
  readonly name: string;
  /** One line: how it searches. */
  readonly title: string;
  readonly paper: string;
  /** The strategy that it is; null: it is a command of its own. */
  readonly strategy: string | null;
  /** What it needs of space and images. */
  readonly needs: readonly StrategyNeed[];
  /** Ways to run it. */
  readonly presets: readonly SystemPreset[];
}

/** A way to run a system. */
export interface SystemPreset extends PresetInfo {
  /** `quick`, `published`, or the name of a protocol. */
  readonly name: string;
  /** Words of the command after `tenas`, without space, images, seed and output. */
  readonly words: readonly string[];
}

/** What differs between the systems of one strategy. */
interface Described {
  readonly name: string;
  /** Default: the strategy's. */
  readonly paper?: string;
  readonly title?: string;
  /** Default: those of the strategy. */
  readonly presets?: readonly SystemPreset[];
}

/** Systems whose strategy is not theirs alone: by their settings. */
const DESCRIBED: Readonly<Record<string, readonly Described[]>> = {
  prune: [
    {
      name: 'TE-NAS',
      presets: [
        {
          name: 'fast',
          words: ['search'],
          what: 'the default: a few networks for each decision; in NAS-Bench-201 a ranking of all architectures',
          cost: 'seconds on two cores (docs/performance.md)',
        },
        {
          name: 'paper',
          words: ['search', '--protocol', 'paper'],
          what: 'the numbers of the paper; on NAS-Bench-201 and DARTS its networks',
          cost: 'minutes on two cores (docs/protocols.md)',
        },
      ],
    },
  ],
  reinforce: [
    {
      name: 'TEG-NAS',
      title: 'policy gradient on the changes of condition number, linear regions and kernel regression',
      paper: 'Chen, Gong, Chen, Liu, Yuan and Wang, arXiv 2108.11939',
      presets: [
        {
          name: 'published',
          words: [
            'search',
            ...['--strategy', 'reinforce', '--metrics', 'teg-nas', '--set', 'reward=change'],
            ...['--set', 'repeats=3', '--set', 'ntk.mode=batch', '--set', 'ntk.batchSize=64'],
          ],
          what: '500 draws, one step of the policy after each',
          cost: 'about 20 minutes of one core on NAS-Bench-201',
        },
      ],
    },
  ],
  evolution: [
    {
      name: 'FreeREA',
      title: 'regularised evolution by codes, synaptic flow and length of skip connections',
      paper: 'Cavagnero, Robbiano, Caputo and Averta, WACV 2023, arXiv 2207.05135',
      presets: [
        {
          name: 'published',
          words: [
            'search',
            ...['--strategy', 'evolution', '--metrics', 'freerea', '--set', 'population=100'],
            ...['--set', 'sample=25', '--set', 'cycles=300', '--set', 'crossover=0.33', '--set', 'repeats=3'],
          ],
          what: 'population 100, tournaments of 25, about one crossover to two mutants, 3 initialisations',
          cost: 'about 6 seconds of one core on NAS-Bench-201',
        },
      ],
    },
    {
      name: 'AZ-NAS',
      title: 'the best of many by expressivity, progressivity, trainability and multiply-adds',
      paper: 'Lee and Ham, CVPR 2024, arXiv 2403.19232',
      presets: [
        {
          name: 'quick',
          words: [
            'search',
            ...['--strategy', 'evolution', '--metrics', 'az-nas', '--set', 'population=50'],
            ...['--set', 'cycles=500'],
          ],
          what: 'regularised evolution over 500 architectures by its ranks',
          cost: 'about 3 seconds of one core on NAS-Bench-201',
        },
      ],
    },
  ],
};

/** Names that authors gave to systems which have a strategy of their own. */
const NAMES: Readonly<Record<string, string>> = {
  gdas: 'GDAS',
  'darts-gradient': 'DARTS',
  pnas: 'PNAS',
  manas: 'MANAS',
  'manas-ls': 'MANAS-LS',
  hurricane: 'HURRICANE',
};

/** Systems that compare instead of searching. */
const STUDIES: readonly System[] = [
  {
    name: 'UnNAS',
    title: 'how tasks without labels rank architectures, beside labels',
    paper: 'Liu, Dollár, He, Girshick, Yuille and Xie, ECCV 2020, arXiv 2003.12056',
    strategy: null,
    needs: ['labels'],
    presets: [
      {
        name: 'quick',
        words: ['study', 'unnas'],
        what: '64 architectures, each trained for 4 or 8 epochs on labels and on each task, with 2 seeds',
        cost: 'about half an hour of one core',
      },
    ],
  },
];

/** All systems: the strategies that have presets, and those that are a setting of a strategy. */
export function listSystems(): readonly System[] {
  const searches = listStrategies().flatMap((strategy) => [
    ...(DESCRIBED[strategy.name] ?? []).map((described) => systemOf(strategy, described)),
    ...(strategy.presets === undefined
      ? []
      : [systemOf(strategy, { name: NAMES[strategy.name] ?? strategy.name })]),
  ]);
  return [...searches, ...STUDIES];
}

function systemOf(strategy: Strategy, { name, title, paper, presets }: Described): System {
  const search = ['search', ...(strategy.name === prune.name ? [] : ['--strategy', strategy.name])];
  const own = Object.entries(strategy.presets ?? {}).map(([preset, info]) => ({
    name: preset,
    words: [...search, '--set', `preset=${preset}`],
    ...info,
  }));
  return {
    name,
    title: title ?? strategy.title,
    paper: paper ?? strategy.paper,
    strategy: strategy.name,
    needs: strategy.needs,
    presets: presets ?? own,
  };
}
