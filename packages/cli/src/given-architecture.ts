import { createHash } from 'node:crypto';
import { clip, TenasError } from '@tenas/base';
import { parseJsonText, readSearchRecord, type SearchRecord } from '@tenas/records';
import { type FoundArchitecture, findArchitecture, listSpaces } from '@tenas/spaces';
import { inputText } from './input-text.js';
import type { PlugIns } from './plug-ins.js';

/** The architecture that a command line names. */
export interface GivenArchitecture extends FoundArchitecture {
  /** The record that it was found in. */
  readonly record?: SearchRecord | undefined;
  /** SHA-256 of the record's file, in hexadecimal. */
  readonly recordHash?: string | undefined;
}

/**
 * The architecture that `--arch` says, or that of the search record that `--record` names.
 * @throws TenasError OPTION_INVALID unless one of both is given, or for a record of another space; RECORD_INVALID for a
 *   record without an architecture; UNKNOWN_SPACE; those of the space
 */
export async function givenArchitecture(
  given: {
    readonly space?: string | undefined;
    readonly arch?: string | undefined;
    readonly record?: string | undefined;
  },
  plugIns: PlugIns,
  signal: AbortSignal,
): Promise<GivenArchitecture> {
  if ((given.arch === undefined) === (given.record === undefined)) {
    const message =
      given.arch === undefined ? 'give --arch or --record' : 'give --arch or --record, not both';
    throw new TenasError('OPTION_INVALID', message, { field: '--arch', value: given.arch });
  }
  const named = given.space === undefined ? undefined : await plugIns.space(given.space);
  if (given.arch !== undefined) {
    return findArchitecture(given.arch, named?.name);
  }
  const text = await inputText('--record', given.record!, signal);
  const record = readSearchRecord(parseJsonText(text, given.record!), given.record!);
  if (record.architecture === null) {
    throw new TenasError(
      'RECORD_INVALID',
      `${given.record}: status: the search was interrupted: there is no architecture in it`,
      { field: 'status', value: record.status },
    );
  }
  if (named !== undefined && named.name !== record.space) {
    throw new TenasError('OPTION_INVALID', `--space: got ${given.space}; the record is of ${record.space}`, {
      field: '--space',
      value: given.space,
    });
  }
  return {
    // A record only names a space: it does not say what file to run.
    ...findArchitecture(record.architecture, knownSpace(record.space)),
    record,
    recordHash: createHash('sha256').update(text).digest('hex'),
  };
}

function knownSpace(name: string): string {
  if (listSpaces().some((known) => known.name === name)) return name;
  throw new TenasError(
    'UNKNOWN_SPACE',
    `the record is of the space ${clip(JSON.stringify(name))}, which is not built in; give its file with --space`,
    { field: '--space', value: name },
  );
}
