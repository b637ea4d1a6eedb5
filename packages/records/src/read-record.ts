import { isRecord } from '@tenas/base';
import { parseDocument } from './parse-document.js';
import { isPruneRecord, parsePruneDetail } from './prune-detail.js';
import { type ScoreDocument, scoreDocumentSchema } from './score-document.js';
import { parseSearchRecord, RECORD_VERSION, type SearchRecord } from './search-record.js';
import { type TrainingRecord, trainingRecordSchema } from './training-record.js';
import { migrateSearchRecord } from './v1/migrate-search.js';
import { migrateScoreDocument, scoreDocumentV1Schema } from './v1/score-document.js';
import { searchRecordV1Schema } from './v1/search-record.js';

/**
 * Reads the record of a search, of version 1 or 2.
 * @param json what JSON.parse gave
 * @param from where it is from, for messages: a file's name
 * @throws TenasError `RECORD_INVALID` naming where it is from, the field, its value and what would be right
 */
export function readSearchRecord(json: unknown, from = 'record'): SearchRecord {
  if (!isRecord(json) || json.recordVersion !== RECORD_VERSION) {
    return migrateSearchRecord(parseDocument(searchRecordV1Schema, json, from, 'a search record'));
  }
  const record = parseSearchRecord(json, from);
  return isPruneRecord(record) ? parsePruneDetail(record, from) : record;
}

/** Reads a document of scores, of version 1 or 2. @throws TenasError `RECORD_INVALID` */
export function readScoreDocument(json: unknown, from = 'score'): ScoreDocument {
  const kind = 'a document of tenas score';
  if (isRecord(json) && 'scoreVersion' in json) return parseDocument(scoreDocumentSchema, json, from, kind);
  return migrateScoreDocument(parseDocument(scoreDocumentV1Schema, json, from, kind));
}

/** Reads the record of a training. @throws TenasError `RECORD_INVALID` */
export function readTrainingRecord(json: unknown, from = 'record'): TrainingRecord {
  return parseDocument(trainingRecordSchema, json, from, 'a record of tenas train');
}
