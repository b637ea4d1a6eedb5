import type { Metric } from '../metric.js';
import { earlyAccuracy } from './early-accuracy.js';
import { jacov } from './jacov.js';
import { macs } from './macs.js';
import { naswot } from './naswot.js';
import { ntk } from './ntk.js';
import { params } from './params.js';
import { regions } from './regions.js';
import { snip } from './snip.js';
import { synflow } from './synflow.js';
import { tse } from './tse.js';
import { zico } from './zico.js';

/** The metrics of this package, one line each, in the order in which they are listed. */
export const BUILT_IN: readonly Metric[] = [
  ntk, //
  regions,
  params,
  macs,
  naswot,
  synflow,
  snip,
  zico,
  jacov,
  earlyAccuracy,
  tse,
];

/** Names of the metrics that are evaluated where none are named. */
export const DEFAULT_METRICS: readonly string[] = [ntk.name, regions.name, params.name, macs.name];

/**
 * Name of the metric that decides in searches where none is named. It has to do everywhere: without labels, in every
 * space (all have the network that it looks at), in one forward pass.
 */
export const DEFAULT_OBJECTIVE: string = naswot.name;
