import {
  parseJsonText,
  readScoreDocument,
  readSearchRecord,
  readTrainingRecord,
  type ScoreDocument,
  type SearchRecord,
  type TrainingRecord,
} from '@tenas/records';
import type { Task } from './tasks.js';

/** What a job comes to. */
export type JobResult = ScoreDocument | SearchRecord | TrainingRecord;

/** A job or unit with the text of its result. */
interface WithResult {
  readonly key: string;
  readonly task: Task;
  readonly result: string | null;
}

/** A job's result, checked; null where it has none. @throws TenasError `RECORD_INVALID` */
export function resultOf({ key, task, result }: WithResult): JobResult | null {
  if (result === null) return null;
  const from = `the result of job ${key}`;
  const json = parseJsonText(result, from);
  switch (task.kind) {
    case 'score':
      return readScoreDocument(json, from);
    case 'search':
      return readSearchRecord(json, from);
    case 'train':
      return readTrainingRecord(json, from);
  }
}
