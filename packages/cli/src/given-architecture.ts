import { createHash } from 'node:crypto';
import { clip, isRecord, TenasError } from '@tenas/base';
import {
  checkSamePlugIns,
  type ModelReference,
  type PlugInReference,
  parseDocument,
  parseJsonText,
  readSearchRecord,
  type SearchRecord,
  type TrainingRecord,
  trainingRecordSchema,
} from '@tenas/records';
import { type FoundArchitecture, findArchitecture, listSpaces } from '@tenas/spaces';
import { inputText } from './input-text.js';
import { namedArchitecture } from './named-architecture.js';
import { ONNX_SPACE } from './onnx-flags.js';
import type { PlugIns } from './plug-ins.js';

/** The architecture that a command line names. */
export interface GivenArchitecture extends FoundArchitecture {
  /** The record that it was found in. */
  readonly record?: SearchRecord | undefined;
  /** SHA-256 of that record's file, in hexadecimal. */
  readonly recordHash?: string | undefined;
  /** The record of its training. */
  readonly training?: TrainingRecord | undefined;
  /** The ONNX file that the network was read from. */
  readonly model?: ModelReference | undefined;
  /** Weights of that file; undefined: they are drawn, or read from another one. */
  readonly weights?: Float32Array | undefined;
}

/**
 * The architecture that `--arch` says, or that of the record of a search or a training that `--record` names.
 * @throws TenasError OPTION_INVALID unless one of both is given, or for a record of another space; those of
 *   {@link namedArchitecture}; RECORD_INVALID for a
 *   record without an architecture; PLUG_IN_CHANGED where the file of the space changed since; UNKNOWN_SPACE; those of
 *   the space
 */
export async function givenArchitecture(
  given: {
    readonly space?: string | undefined;
    readonly arch?: string | undefined;
    readonly record?: string | undefined;
    readonly indexTable?: string | undefined;
  },
  plugIns: PlugIns,
  signal: AbortSignal,
): Promise<GivenArchitecture> {
  if ((given.arch === undefined) === (given.record === undefined)) {
    const message =
      given.arch === undefined
        ? 'give --arch, --record or --onnx; see `tenas export --help`'
        : 'give --arch or --record, not both';
    throw new TenasError('OPTION_INVALID', message, { field: '--arch', value: given.arch });
  }
  const named = given.space === undefined ? undefined : await plugIns.space(given.space);
  if (given.arch !== undefined) {
    return await namedArchitecture({ ...given, arch: given.arch }, named, signal);
  }
  const text = await inputText('--record', given.record!, signal);
  const { space, architecture, plugins, records } = recordedIn(text, given.record!);
  if (named !== undefined && named.name !== space) {
    throw new TenasError('OPTION_INVALID', `--space: got ${given.space}; the record is of ${space}`, {
      field: '--space',
      value: given.space,
    });
  }
  checkSamePlugIns(plugins, plugIns.recorded(), {
    since: `${given.record} was written`,
    of: 'the record',
    advice: 'give the file as it was',
  });
  // A record only names a space: it does not say what file to run.
  return { ...findArchitecture(architecture, knownSpace(space)), ...records };
}

interface RecordedArchitecture {
  readonly space: string;
  readonly architecture: string;
  readonly plugins: readonly PlugInReference[];
  readonly records: Pick<GivenArchitecture, 'record' | 'recordHash' | 'training'>;
}

/** The architecture in the text of a record, of a search or of a training. */
function recordedIn(text: string, from: string): RecordedArchitecture {
  const json = parseJsonText(text, from);
  if (isRecord(json) && 'trainingVersion' in json) {
    const training = parseDocument(trainingRecordSchema, json, from, 'a record of tenas train');
    const { space, architecture, plugins } = training;
    return { space, architecture, plugins, records: { training } };
  }
  const record = readSearchRecord(json, from);
  const { space, architecture, plugins } = record;
  if (architecture === null) {
    throw new TenasError(
      'RECORD_INVALID',
      `${from}: status: the search was interrupted: there is no architecture in it`,
      { field: 'status', value: record.status },
    );
  }
  const recordHash = createHash('sha256').update(text).digest('hex');
  return { space, architecture, plugins, records: { record, recordHash } };
}

function knownSpace(name: string): string {
  if (listSpaces().some((known) => known.name === name)) return name;
  if (name === ONNX_SPACE) {
    const message =
      'the record is of a network from an ONNX file; give that file with --onnx, or the one of the training';
    throw new TenasError('OPTION_INVALID', `--record: ${message}`, { field: '--record' });
  }
  throw new TenasError(
    'UNKNOWN_SPACE',
    `the record is of the space ${clip(JSON.stringify(name))}, which is not built in; give its file with --space`,
    { field: '--space', value: name },
  );
}
