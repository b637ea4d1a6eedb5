import type { Figure } from '../figure.js';
import type { Html } from '../html.js';
import type { ShownMetric } from '../shown-metric.js';

/** What a report tells of a search beside what every search has: how its strategy went about it. */
export interface SearchStory {
  /** Under the title: `Protocol fast`, `Strategy random`. */
  readonly method: string;
  /** What was found and how, as the end of a sentence: `3 rounds of pruning left one architecture.` */
  readonly summary: string;
  /** Metrics that the strategy looks at. */
  readonly metrics: readonly ShownMetric[];
  /** In the order of the page. */
  readonly figures: readonly Figure[];
  readonly body: Html;
}
