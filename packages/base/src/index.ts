export {
  checkFields,
  checkInteger,
  checkOneOf,
  isRecord,
  settingError,
  wholeNumberText,
  withDefaults,
} from './argument-checks.js';
export { describeThrown, type Thrown } from './describe-thrown.js';
export { clip, describeValue } from './describe-value.js';
export { type ErrorDetails, TenasError } from './errors.js';
export { currentLoad, describeHost, frequencyGovernor, type Host, loadWarning } from './host.js';
export { openInputSync, type ReadOptions, readInput, standardInput, withPath } from './input-file.js';
export { decodedText, readInputText } from './input-text.js';
export { jsonValue } from './json-value.js';
export { nearWords } from './near-words.js';
export { countText, durationText, numberText, plural } from './number-text.js';
export { errnoOf, explainWriteError } from './output-error.js';
export {
  type Content,
  ensureWritableTarget,
  makeFolder,
  type OutputOptions,
  type WriteOptions,
  writeOutputFile,
  writeUnderFreshName,
} from './output-file.js';
export { ensureWritableFolder, writeOutputFolder } from './output-folder.js';
export { crowdingDistances } from './pareto/crowding.js';
export { dominates, nonDominatedFronts, paretoFront, type Solution } from './pareto/dominance.js';
export { hypervolume } from './pareto/hypervolume.js';
export { kneesOf } from './pareto/knees.js';
export { type JsonLimits, parseJson } from './parse-json.js';
export {
  type ContractCheck,
  type DescribedPlugIns,
  isPlugInPath,
  type LoadPlugInOptions,
  loadPlugIn,
  type PlugIn,
} from './plug-in.js';
export { RandomStream } from './random-stream.js';
export { midRanks, spearman } from './rank-correlation.js';
export { mannWhitney, type RankTest } from './rank-test.js';
export { type SignedRankTest, wilcoxonSignedRank } from './signed-rank-test.js';
export { mean, median, quantile, type Summary, sampleStandardDeviation, summarise } from './statistics.js';
export { removeUnfinishedFiles } from './unfinished-files.js';
export { wordsText } from './words-text.js';
