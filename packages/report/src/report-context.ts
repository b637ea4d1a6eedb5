import type { Domain, MetricInfo } from '@tenas/records';
import type { AccuracyTable } from './input/accuracy-table.js';

/** Options of a report beside the results. */
export interface ReportOptions {
  /** Where an exported file lies as seen from the page; null: there is none. Default: nowhere. */
  readonly linkTo?: ((path: string) => string | null) | undefined;
  /** Choices by decision of an architecture given as text; null where it is none. Default: not drawn. */
  readonly choicesOf?: ((space: string, architecture: string) => Domain | null) | undefined;
  /** The text by which an architecture of a space is known in tables; default: as it stands. */
  readonly canonical?: ((space: string, architecture: string) => string) | undefined;
  /** A space's name for headings; default: as documents name it. */
  readonly spaceTitle?: ((space: string) => string) | undefined;
  /** Metrics that documents do not describe themselves, as CSV does not. */
  readonly metrics?: readonly MetricInfo[] | undefined;
  /** Accuracies of trained networks, to judge runs by. */
  readonly accuracies?: AccuracyTable | null | undefined;
  /** Shown at the foot. */
  readonly toolVersion?: string | undefined;
}

/** {@link ReportOptions}, complete. */
export type ReportContext = { readonly [K in keyof ReportOptions]-?: Exclude<ReportOptions[K], undefined> };

/** Options with what holds by default. */
export function reportContext(options: ReportOptions): ReportContext {
  return {
    linkTo: options.linkTo ?? (() => null),
    choicesOf: options.choicesOf ?? (() => null),
    canonical: options.canonical ?? ((_space, architecture) => architecture),
    spaceTitle: options.spaceTitle ?? ((space) => space),
    metrics: options.metrics ?? [],
    accuracies: options.accuracies ?? null,
    toolVersion: options.toolVersion ?? '',
  };
}
