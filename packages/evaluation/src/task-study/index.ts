/**
 * Studies of tasks: how what networks reach without labels ranks them, beside labels and a table of accuracies. Apart from
 * the rest, which trains nothing.
 * @packageDocumentation
 */
export { bestOfMany, type JudgedTasks, judgeTasks, type TaskScores } from './judge-tasks.js';
export { openRunFile } from './run-file.js';
export { asRanking, meanLosses, runScore } from './run-score.js';
export {
  type RunStore,
  runStudy,
  type StudiedTask,
  type StudyProgress,
  type StudyWork,
  type TaskRun,
} from './run-study.js';
export { type SampledCell, studySample, type TableColumn } from './sample.js';
export { fittedSettings, QUICK_TASK_SETTINGS, type TaskSettings } from './task-settings.js';
