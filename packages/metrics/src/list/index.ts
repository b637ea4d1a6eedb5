import type { Metric } from '../metric.js';
import { macs } from './macs.js';
import { ntk } from './ntk.js';
import { params } from './params.js';
import { regions } from './regions.js';

/** The metrics of this package, one line each, in the order in which they are listed. */
export const BUILT_IN: readonly Metric[] = [
  ntk, //
  regions,
  params,
  macs,
];

/** Names of the metrics that are evaluated where none are named. */
export const DEFAULT_METRICS: readonly string[] = [ntk.name, regions.name, params.name, macs.name];

/**
 * Name of the metric that decides in searches where none is named. It has to do everywhere: without labels, in every
 * space, in one forward pass.
 */
export const DEFAULT_OBJECTIVE: string = regions.name;
