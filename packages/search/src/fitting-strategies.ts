import type { Decision, Space } from '@tenas/spaces';
import { listStrategies } from './registry.js';
import type { Strategy, StrategyNeed } from './strategy.js';

/** A need of strategies that spaces meet or do not meet. */
export type SpaceNeed = Exclude<StrategyNeed, 'labels'>;

/** What strategies need of spaces, and which spaces have it. */
const OF_SPACES: Readonly<
  Record<SpaceNeed, { readonly what: string; readonly met: (space: Space) => boolean }>
> = {
  supernet: { what: 'supernet', met: ({ supernet }) => supernet !== undefined },
  progressive: {
    what: 'levels of architectures that grow block by block',
    met: ({ progressive }) => progressive !== undefined,
  },
  layers: {
    what: 'layers to decide on, and no supernet with the decisions of the space',
    met: ({ layers, supernet, decisions }) =>
      layers !== undefined || (supernet !== undefined && namesOf(supernet.decisions) === namesOf(decisions)),
  },
};

function namesOf(decisions: readonly Decision[]): string {
  return decisions.map(({ name }) => name).join();
}

/** What a strategy needs and a space lacks, in words; undefined: the strategy works there. */
export function lackingNeed({ needs }: Pick<Strategy, 'needs'>, space: Space): string | undefined {
  const lacking = needs.find((need) => need !== 'labels' && !OF_SPACES[need].met(space));
  return lacking === undefined || lacking === 'labels' ? undefined : OF_SPACES[lacking].what;
}

/** The known strategies that work in a space. Some of them need images with labels besides. */
export function strategiesFor(space: Space): readonly Strategy[] {
  return listStrategies().filter((strategy) => lackingNeed(strategy, space) === undefined);
}
