import { TenasError } from '@tenas/base';
import { type ImageSource, requireLabels } from '@tenas/data';
import type { Space } from '@tenas/spaces';
import { lackingNeed, strategiesFor } from './fitting-strategies.js';
import type { Strategy } from './strategy.js';

/**
 * Whether space and images have what a strategy needs.
 *
 * @param settings of the strategy, checked
 * @throws TenasError `SPACE_UNFIT` naming strategies that fit; `LABELS_MISSING`
 */
export function requireNeeds(
  strategy: Strategy,
  {
    space,
    source,
    settings,
  }: { readonly space: Space; readonly source: ImageSource; readonly settings: object },
): void {
  const needs = strategy.needsWith?.(settings) ?? strategy.needs;
  if (needs.includes('labels')) requireLabels(source);
  const lacking = lackingNeed({ needs }, space);
  if (lacking === undefined) return;
  const others = strategiesFor(space).map(({ name }) => name);
  throw new TenasError(
    'SPACE_UNFIT',
    `space: ${space.name} has no ${lacking}, which the strategy ${strategy.name} needs; strategies that work there are ${others.join(', ')}`,
    { field: 'space', value: space.name },
  );
}
