/**
 * The `tenas` command as a library: run it in this process, or use its parts.
 * @packageDocumentation
 */

export { type EvaluationWork, tasksWork } from './benchmark/evaluation-work.js';
export { metricSubject, type SubjectSizes, subjectOn } from './benchmark/metric-subject.js';
export {
  compileSubject,
  freshRepeat,
  inputShape,
  randomInputs,
  type Subject,
  tasksSubject,
} from './benchmark/subject.js';
export { type ExitCode, exitCodes } from './exit-codes.js';
export { type Io, Stopped } from './io.js';
export { tenasManPage } from './man-page.js';
export { runCli } from './program.js';
