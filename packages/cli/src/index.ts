/**
 * The `tenas` command as a library: run it in this process, or use its parts.
 * @packageDocumentation
 */

export { type EvaluationWork, ntkWork, regionsWork } from './benchmark/evaluation-work.js';
export {
  compileSubject,
  freshRepeat,
  inputShape,
  ntkSubject,
  randomInputs,
  type Subject,
  type SupernetSizes,
  supernetNtk,
  supernetRegions,
} from './benchmark/subject.js';
export { type ExitCode, exitCodes } from './exit-codes.js';
export { type Io, Stopped } from './io.js';
export { runCli } from './program.js';
