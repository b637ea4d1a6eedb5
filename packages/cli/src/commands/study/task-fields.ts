import type { LearningTaskName } from '@tenas/data';
import { QUICK_TASK_SETTINGS, type TaskSettings } from '@tenas/evaluation/task-study';
import { z } from 'zod';
import type { SettingsOwner } from '../../settings-option.js';

const MOST_IMAGES = 10_000_000;

/** The owner of the settings of a task, for `--set`: under `rotation` stands `rotation.images`. */
export function ownerOfTask(task: LearningTaskName): SettingsOwner<z.ZodType<TaskSettings>> {
  return { title: `the task ${task}`, schema: fields(QUICK_TASK_SETTINGS[task]), under: task };
}

function fields(usual: TaskSettings) {
  const whole = (most: number) => z.int().min(1).max(most);
  return z.strictObject({
    side: whole(1024).default(usual.side).describe('height and width that images are shrunk to'),
    images: whole(MOST_IMAGES).default(usual.images).describe('training images'),
    validation: whole(MOST_IMAGES).default(usual.validation).describe('images to judge by, not trained on'),
    batchSize: whole(65_536).default(usual.batchSize).describe('images per step'),
    epochs: whole(1000).default(usual.epochs).describe('epochs of a training'),
    rate: z.number().positive().max(100).default(usual.rate).describe('learning rate at the start'),
    augment: z.boolean().default(usual.augment).describe('whether training images are cropped and flipped'),
    channels: whole(1024).default(usual.channels).describe('channels of the networks'),
    cells: whole(64).default(usual.cells).describe('cells per stage of the networks'),
  });
}
