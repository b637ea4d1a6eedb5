import type { Metric } from '../metric.js';
import { azExpressivity } from './az-expressivity.js';
import { azProgressivity } from './az-progressivity.js';
import { azTrainability } from './az-trainability.js';
import { depth } from './depth.js';
import { earlyAccuracy } from './early-accuracy.js';
import { epeNas } from './epe-nas.js';
import { epsinas } from './epsinas.js';
import { fisher } from './fisher.js';
import { gradNorm } from './grad-norm.js';
import { gradsign } from './gradsign.js';
import { grasp } from './grasp.js';
import { intrain } from './intrain.js';
import { jacov } from './jacov.js';
import { knas } from './knas.js';
import { l2Norm } from './l2-norm.js';
import { lga } from './lga.js';
import { logSynflow } from './logsynflow.js';
import { macs } from './macs.js';
import { meco } from './meco.js';
import { naswot } from './naswot.js';
import { near } from './near.js';
import { ntk } from './ntk.js';
import { ntkFrobenius } from './ntk-frobenius.js';
import { ntkMean } from './ntk-mean.js';
import { ntkMeanEigenvalue } from './ntk-mean-eigenvalue.js';
import { ntkTrace } from './ntk-trace.js';
import { params } from './params.js';
import { plain } from './plain.js';
import { regions } from './regions.js';
import { skipLength } from './skip-length.js';
import { snip } from './snip.js';
import { swap } from './swap.js';
import { synflow } from './synflow.js';
import { tegnasMse } from './tegnas-mse.js';
import { tse } from './tse.js';
import { vkdnwDim } from './vkdnw-dim.js';
import { vkdnwEntropy } from './vkdnw-entropy.js';
import { wrcor } from './wrcor.js';
import { zen } from './zen.js';
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
  gradNorm,
  plain,
  l2Norm,
  logSynflow,
  epeNas,
  knas,
  gradsign,
  ntkTrace,
  ntkMeanEigenvalue,
  ntkFrobenius,
  ntkMean,
  lga,
  tegnasMse,
  azExpressivity,
  azProgressivity,
  azTrainability,
  zen,
  vkdnwEntropy,
  meco,
  intrain,
  wrcor,
  fisher,
  grasp,
  swap,
  epsinas,
  near,
  depth,
  skipLength,
  vkdnwDim,
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

/** Name of the metric that compares the best architectures of a search anew where none is named: nearest to the accuracy. */
export const DEFAULT_STAGE: string = earlyAccuracy.name;
