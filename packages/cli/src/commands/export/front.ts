import { join } from 'node:path';
import { kneesOf, numberText, TenasError } from '@tenas/base';
import { type FrontMember, minimisedValues, type SearchRecord } from '@tenas/records';
import { type ExitCode, exitCodes } from '../../exit-codes.js';
import { optionInvalid } from '../../flag-reading.js';
import { type GivenArchitecture, givenArchitecture } from '../../given-architecture.js';
import type { Given as GivenOf, Invocation } from '../../invocation.js';
import { type Io, printResult } from '../../io.js';
import { prepareFolder } from '../../output-folder.js';
import { PlugIns } from '../../plug-ins.js';
import type { exportUsage } from './options.js';

type Given = GivenOf<typeof exportUsage>;

/** A network that was written. */
export interface ExportedNetwork {
  /** For `--json`. */
  readonly document: object;
  /** For people. */
  readonly text: string;
  /** Why its check failed; null: it did not, or there was none. */
  readonly failure: string | null;
}

type ExportOne = (given: Given, found: GivenArchitecture, io: Io) => Promise<ExportedNetwork>;

/** A member of a front with its place, from 1. */
interface Chosen extends FrontMember {
  readonly place: number;
}

/** Whether several networks are to be written. @throws TenasError OPTION_INVALID for `--top` or `--knees` alone */
export function wantsFront({ front, top, knees }: Given): boolean {
  if (front || (top === undefined && !knees)) return front;
  throw optionInvalid(top === undefined ? '--knees' : '--top', top ?? true, 'beside --front');
}

/** `tenas export --front`: architectures of a record's front, each as a file, or a folder for PyTorch, in the folder `--out`. */
export async function exportFront(
  { given, json, io }: Invocation<typeof exportUsage>,
  exportOne: ExportOne,
): Promise<ExitCode> {
  const { record: file, out, format } = given;
  if (file === undefined) throw optionInvalid('--front', true, 'beside --record, a record with a front');
  if (out === undefined) throw optionInvalid('--out', undefined, 'the folder for the networks');
  for (const [flag, value] of [
    ['--weights', given.weights],
    ['--web', given.web],
  ] as const) {
    if (value !== undefined)
      throw optionInvalid(flag, value, 'absent beside --front, which writes several networks');
  }
  const found = await givenArchitecture(given, new PlugIns(), io.signal);
  const { record, space } = found;
  const chosen = chosenMembers(record, given, file);
  await prepareFolder(out);
  const digits = String(membersOf(record).length).length;
  const networks: object[] = [];
  const failures: string[] = [];
  const lines: string[] = [];
  for (const { place, architecture, values } of chosen) {
    const name = `front-${String(place).padStart(digits, '0')}`;
    const target = join(out, format === 'onnx' ? `${name}.onnx` : name);
    const member = {
      ...found,
      architecture: space.parse(architecture),
      record: recordOf(record!, architecture),
    };
    const { document, text, failure } = await exportOne({ ...given, out: target }, member, io);
    networks.push({ place, values, ...document });
    if (failure !== null) failures.push(`${target}: ${failure}`);
    const shown = Object.entries(values).map(
      ([objective, value]) => `${objective} ${typeof value === 'number' ? numberText(value, 5) : value}`,
    );
    lines.push(`front         place ${place}: ${shown.join(', ')}\n${text}`);
  }
  printResult(io, json, { out, format, space: space.name, networks }, () => lines.join('\n\n'));
  for (const failure of failures) io.err(`check failed: ${failure}\n`);
  return failures.length === 0 ? exitCodes.ok : exitCodes.checkFailed;
}

/** The front of a record; empty where it has none. */
function membersOf(record: SearchRecord | undefined): readonly FrontMember[] {
  return record?.status === 'complete' ? (record.front ?? []) : [];
}

/** The members that the flags choose, in the order of the front. */
function chosenMembers(
  record: SearchRecord | undefined,
  { top, knees }: Given,
  file: string,
): readonly Chosen[] {
  const front = membersOf(record);
  if (front.length === 0) {
    const advice =
      record?.objectives !== undefined && record.status !== 'complete'
        ? 'the search was stopped; --resume ends it'
        : 'search with --objectives';
    throw new TenasError('RECORD_INVALID', `${file}: front: there is none; ${advice}`, {
      field: 'front',
      value: null,
    });
  }
  const members = front.map((member, place) => ({ ...member, place: place + 1 }));
  const objectives = record?.objectives ?? [];
  const onKnees = kneesOf(front.map((member) => minimisedValues(member, objectives)));
  const some = knees ? members.filter((_, place) => onKnees.includes(place)) : members;
  if (some.length === 0) {
    throw new TenasError('OPTION_INVALID', '--knees: the front has no knee; leave out --knees', {
      field: '--knees',
      value: true,
    });
  }
  return some.slice(0, top);
}

/** The record as if it were of a member of its front: with the scores of that one, as far as it has them. */
function recordOf(record: SearchRecord, architecture: string): SearchRecord {
  const scored = record.scored.find((one) => one.architecture === architecture);
  return { ...record, scores: scored?.scores ?? null };
}
