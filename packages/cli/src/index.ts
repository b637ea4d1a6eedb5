/**
 * The `tenas` command as a library: run it in this process, or use its parts.
 * @packageDocumentation
 */
export { quantile, type Summary, summarise } from './benchmark-statistics.js';
export { type EvaluationWork, ntkWork, regionsWork } from './evaluation-work.js';
export { type ExitCode, exitCodes } from './exit-codes.js';
export { type Io, Stopped } from './io.js';
export { runCli } from './program.js';
