import { TenasError } from '@tenas/base';
import type { InterruptedRecord } from './record.js';

/** A search was stopped by its signal. Carries the record of what was done, and the signal's reason as `cause`. */
export class SearchInterrupted extends TenasError {
  readonly record: InterruptedRecord;

  constructor(record: InterruptedRecord, reason: unknown) {
    super('SEARCH_INTERRUPTED', `the search was interrupted in round ${record.detail.rounds.length + 1}`, {
      cause: reason,
    });
    this.name = 'SearchInterrupted';
    this.record = record;
  }
}
