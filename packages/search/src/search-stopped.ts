import { TenasError } from '@tenas/base';
import type { SearchRecord } from '@tenas/records';

/**
 * A search was stopped by its signal, which has the reason: the `cause`. The record of what was done is complete where only
 * the scores of what was found are missing.
 */
export class SearchInterrupted extends TenasError {
  readonly record: SearchRecord;

  constructor(record: SearchRecord, reason: unknown) {
    super('SEARCH_INTERRUPTED', `the search was interrupted in step ${stepsDone(record) + 1}`, {
      cause: reason,
    });
    this.name = 'SearchInterrupted';
    this.record = record;
  }
}

/**
 * A search failed on the way. Has the code, message and field of the failure, which is its `cause`, and
 * the record of what was done.
 */
export class SearchFailed extends TenasError {
  readonly record: SearchRecord;

  constructor(record: SearchRecord, cause: unknown) {
    const { code, message, field, value } =
      cause instanceof TenasError ? cause : new TenasError('INTERNAL', reasonOf(cause));
    super(code, message, { field, value, cause });
    this.name = 'SearchFailed';
    this.record = record;
  }
}

function reasonOf(cause: unknown): string {
  return cause instanceof Error ? cause.message : String(cause);
}

/** Steps of a record that were finished. */
export function stepsDone({ steps }: SearchRecord): number {
  return steps.filter(({ unfinished }) => unfinished !== true).length;
}
