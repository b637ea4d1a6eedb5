/**
 * Names of the datasets, of their parts and of what can be learned on them, and what follows from their size, without what opens them. `@tenas/data` has them too.
 * @packageDocumentation
 */
export { LEARNING_TASKS, type LearningTaskName } from './learning-task/task-names.js';
export { shrinksTo } from './shrunk-images.js';
export { DATASETS, type DatasetName, SPLITS, type Split } from './source.js';
