import { TenasError } from '@tenas/base';
import { parseJsonText, RECORD_INVALID, readScoreDocument, readSearchRecord } from '@tenas/records';
import { getSpace } from '@tenas/spaces';
import type { ClaimedUnit, UnitResult } from '../store/store.js';
import type { Task } from '../tasks.js';
import { readAnswer } from './messages.js';

/**
 * The result of a unit from what a worker answered, checked: what is stored is read by every export of the batch.
 * @throws TenasError `RECORD_INVALID` where the answer is no result of this unit
 */
export function unitResult(
  { unit, task }: { readonly unit: ClaimedUnit; readonly task: Task },
  answer: unknown,
): UnitResult {
  const { result, seconds, isa, worker } = readAnswer(answer);
  const from = `the answer of ${worker}`;
  const stored = { key: unit.key, result, seconds, isa, worker };
  const json = parseJsonText(result, from);
  if (task.kind === 'score') {
    const { space, seed, architecture } = readScoreDocument(json, from);
    checkSame(from, { space, seed, architecture }, { ...unit, space: task.space });
    return stored;
  }
  const { status, space, seed, strategy, architecture } = readSearchRecord(json, from);
  checkSame(from, { status, space, seed, strategy }, { ...unit, ...task, status: 'complete' });
  const found = architecture ?? '';
  getSpace(task.space).parse(found);
  return { ...stored, found };
}

function checkSame<T extends Readonly<Record<string, unknown>>>(from: string, got: T, wanted: T): void {
  for (const [field, value] of Object.entries(got)) {
    if (value === wanted[field]) continue;
    const problem = `${field} is ${JSON.stringify(value)}, asked for was ${JSON.stringify(wanted[field])}`;
    throw new TenasError(RECORD_INVALID, `${from}: ${problem}`, { field, value });
  }
}
