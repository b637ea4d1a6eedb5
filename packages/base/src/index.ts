export {
  checkFields,
  checkInteger,
  checkOneOf,
  isRecord,
  settingError,
  wholeNumberText,
  withDefaults,
} from './argument-checks.js';
export { clip, describeValue } from './describe-value.js';
export { type ErrorDetails, TenasError } from './errors.js';
export { type JsonLimits, type ParseJsonOptions, parseJson } from './parse-json.js';
export { RandomStream } from './random-stream.js';
