import type { Figure } from '../figure.js';
import type { Html } from '../html.js';
import type { ShownMetric } from '../shown-metric.js';

/** The part of a search's report that depends on its strategy. */
export interface SearchStory {
  /** Under the title: `Protocol fast`, `Strategy random`. */
  readonly method: string;
  /** The result and how it was reached, as the end of a sentence: `3 rounds of pruning left one architecture.` */
  readonly summary: string;
  /** Metrics that the strategy looks at. */
  readonly metrics: readonly ShownMetric[];
  /** In the order of the page. */
  readonly figures: readonly Figure[];
  readonly body: Html;
}
