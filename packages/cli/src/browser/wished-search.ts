import { type ImageSource, memoryImages, syntheticImages } from '@tenas/data';
import { evolution, getStrategy, prune, type RunSearchOptions, random } from '@tenas/search';
import { getSpace, type Space } from '@tenas/spaces';
import type { SearchWish } from './messages.js';

/** The strategies of the page, and the setting of each that says how many architectures it scores; null: none does. */
export const EVALUATIONS_SETTINGS: Readonly<Record<string, string | null>> = {
  [random.name]: 'samples',
  [evolution.name]: 'cycles',
  [prune.name]: null,
};

/** A search that a page asked for. */
export interface WishedSearch extends RunSearchOptions {
  readonly space: Space;
  readonly source: ImageSource;
}

/**
 * The search as `runSearch` takes it.
 * @throws TenasError for names that nothing has, and for images that make no sense
 */
export function wishedSearch(wish: SearchWish): WishedSearch {
  const { strategy: name, metrics, seed, evaluations, images } = wish;
  const strategy = getStrategy(name);
  const source =
    images.kind === 'synthetic'
      ? syntheticImages({ size: images.side })
      : memoryImages({
          ...images,
          ...{ classNames: images.classes?.names, labels: images.classes?.labels, origin: 'your pictures' },
        });
  const setting = EVALUATIONS_SETTINGS[name] ?? null;
  return {
    space: getSpace(wish.space),
    source,
    strategy,
    settings: setting === null || evaluations === null ? {} : { [setting]: evaluations },
    metrics: metrics.length === 0 ? strategy.metrics : metrics,
    seed,
    threads: 1,
  };
}
