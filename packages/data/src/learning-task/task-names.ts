/** What a network may learn on images: the labels of a dataset, or a task that needs none. */
export const LEARNING_TASKS = [
  'labels',
  'rotation',
  'jigsaw',
  'jigsaw-3x3',
  'colorization',
  'colorization-32',
] as const;

/** The name of what a network learns on images. */
export type LearningTaskName = (typeof LEARNING_TASKS)[number];
