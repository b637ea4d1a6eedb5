import {
  parseJsonText,
  readScoreDocument,
  readSearchRecord,
  readTrainingRecord,
  type ScoreDocument,
  type SearchRecord,
  type TrainingRecord,
} from '@tenas/records';
import type { JobRow } from './store/reader.js';

/** What a job comes to. */
export type JobResult = ScoreDocument | SearchRecord | TrainingRecord;

/** A job's result, checked; null where it has none. @throws TenasError `RECORD_INVALID` */
export function resultOf({ key, task, result }: JobRow): JobResult | null {
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
