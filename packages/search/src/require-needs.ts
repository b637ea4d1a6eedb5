import { TenasError } from '@tenas/base';
import { type ImageSource, requireLabels } from '@tenas/data';
import type { Space } from '@tenas/spaces';
import { listStrategies } from './registry.js';
import type { Strategy, StrategyNeed } from './strategy.js';

/** What strategies need of spaces. */
const OF_SPACES: Partial<
  Record<StrategyNeed, { readonly what: string; readonly met: (space: Space) => boolean }>
> = {
  supernet: { what: 'supernet', met: (space) => space.supernet !== undefined },
  progressive: {
    what: 'levels of architectures that grow block by block',
    met: (space) => space.progressive !== undefined,
  },
};

/**
 * Whether space and images have what a strategy needs.
 *
 * @throws TenasError `SPACE_UNFIT` naming strategies that fit; `LABELS_MISSING`
 */
export function requireNeeds(strategy: Strategy, space: Space, source: ImageSource): void {
  if (strategy.needs.includes('labels')) requireLabels(source);
  const unmet = ({ needs }: Strategy) =>
    needs.find((need) => need in OF_SPACES && !OF_SPACES[need]!.met(space));
  const missing = unmet(strategy);
  if (missing === undefined) return;
  const others = listStrategies()
    .filter((other) => unmet(other) === undefined)
    .map(({ name }) => name);
  throw new TenasError(
    'SPACE_UNFIT',
    `space: ${space.name} has no ${OF_SPACES[missing]!.what}, which the strategy ${strategy.name} needs; strategies that work there are ${others.join(', ')}`,
    { field: 'space', value: space.name },
  );
}
