import { isRecord, TenasError } from '@tenas/base';
import {
  parseJsonText,
  RECORD_INVALID,
  readScoreDocument,
  readSearchRecord,
  readTrainingRecord,
  type SearchRecord,
  type TrainingRecord,
} from '@tenas/records';
import { amountText, type Constraint, constraintText } from '@tenas/search';
import { getSpace, type Space } from '@tenas/spaces';
import type { ClaimedUnit, UnitResult } from '../store/units.js';
import type { SearchTask, Task } from '../tasks.js';
import { weightsPath } from '../training/train-unit.js';
import { readAnswer, signedPart } from './messages.js';
import type { QueueSigner } from './signing.js';

/** What answers are checked by. */
export interface AnswerChecks {
  readonly signer: QueueSigner;
  /** See `TaskCosts.constraintsOf`. */
  constraintsOf(task: SearchTask): readonly Constraint[];
}

/** The result of a unit, and what a training lays down beside it. */
export interface AnsweredUnit extends UnitResult {
  /** `weights`: their SHA-256. */
  readonly trained?: { readonly record: TrainingRecord; readonly weights: string } | undefined;
}

/**
 * The result of a unit from what a worker answered, checked: what is stored is read by every export of the batch.
 * @throws TenasError `RECORD_INVALID` where the answer is no result of this unit, `QUEUE_UNSIGNED` where its signature does
 * not hold
 */
export function unitResult(
  { unit, task }: { readonly unit: ClaimedUnit; readonly task: Task },
  answer: unknown,
  { signer, constraintsOf }: AnswerChecks,
): AnsweredUnit {
  requireSigned(unit.key, answer, signer);
  const { result, seconds, isa, worker, weights } = readAnswer(answer);
  const from = `the answer of ${worker}`;
  const stored = { key: unit.key, result, seconds, isa, worker };
  const json = parseJsonText(result, from);
  if (task.kind === 'score') {
    const { space, seed, architecture, repeats, scores } = readScoreDocument(json, from);
    checkSame(from, { space, seed, architecture, repeats }, { ...task, ...unit });
    for (const { name } of task.metrics) {
      if (!Object.hasOwn(scores, name)) throw invalid(from, 'scores', `it has no ${name}`, undefined);
    }
    return stored;
  }
  if (task.kind === 'train') {
    const record = readTrainingRecord(json, from);
    const { space, seed, architecture, batchSize, epochs } = record;
    checkSame(
      from,
      { space, seed, architecture, batchSize, epochs: epochs.length, weights: record.weights },
      { ...task, ...unit, weights: weightsPath(unit.key) },
    );
    if (weights === undefined) throw invalid(from, 'weights', 'it has no weights', weights);
    return { ...stored, trained: { record, weights } };
  }
  const record = readSearchRecord(json, from);
  const { status, space, seed, strategy, architecture } = record;
  checkSame(from, { status, space, seed, strategy }, { ...unit, ...task, status: 'complete' });
  const found = architecture ?? '';
  getSpace(task.space).parse(found);
  requireWithin(from, record, { found, space: getSpace(task.space), constraints: constraintsOf(task) });
  return { ...stored, found };
}

/** Refuses an answer, or a front, that is above a bound, and costs that are not those of the answer. */
function requireWithin(
  from: string,
  record: SearchRecord,
  about: {
    readonly found: string;
    readonly space: Space;
    readonly constraints: readonly Constraint[];
  },
): void {
  const { found, space, constraints } = about;
  const front = record.status === 'complete' ? (record.front ?? []) : [];
  const texts = new Set([found, ...front.map(({ architecture }) => architecture)]);
  for (const { name, op, limit, unit, costOf } of constraints) {
    for (const text of texts) {
      const cost = costOf(space.parse(text));
      if (cost <= limit) continue;
      const bound = constraintText({ name, op, limit, unit });
      throw invalid(
        from,
        'architecture',
        `${text} costs ${amountText(cost, unit)}, asked for was ${bound}`,
        text,
      );
    }
    const field = `constraints.${name}`;
    const said = record.constraints?.find((one) => one.name === name);
    const cost = costOf(space.parse(found));
    checkSame(
      from,
      { [field]: said?.value, [`${field}.limit`]: said?.limit },
      { [field]: cost, [`${field}.limit`]: limit },
    );
  }
}

/** Before anything else is read of it: what is wrong with an answer that nobody signed says nothing about its job. */
function requireSigned(key: string, answer: unknown, signer: QueueSigner): void {
  const { turn, signature } = isRecord(answer) ? answer : {};
  const problem = signer.problem('answer', [key, String(turn)], signedPart(answer), signature);
  if (problem === null) return;
  throw new TenasError('QUEUE_UNSIGNED', `an answer to job ${key}: ${problem}`, { field: 'signature' });
}

function checkSame(
  from: string,
  got: Readonly<Record<string, unknown>>,
  wanted: Readonly<Record<string, unknown>>,
): void {
  for (const [field, value] of Object.entries(got)) {
    if (value === wanted[field]) continue;
    const problem = `${field} is ${JSON.stringify(value)}, asked for was ${JSON.stringify(wanted[field])}`;
    throw invalid(from, field, problem, value);
  }
}

function invalid(from: string, field: string, problem: string, value: unknown): TenasError {
  return new TenasError(RECORD_INVALID, `${from}: ${problem}`, { field, value });
}
