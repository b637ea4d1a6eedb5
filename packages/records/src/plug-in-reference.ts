import { TenasError } from '@tenas/base';
import { z } from 'zod';
import { type Immutable, list, name } from './fields.js';

/** A metric, space or strategy from a file, as documents refer to it. */
export const plugInReferenceSchema = z.object({
  kind: z.enum(['space', 'metric', 'strategy'], { error: () => 'space, metric or strategy' }),
  name,
  /** SHA-256 of the file's bytes. */
  sha256: z.string().regex(/^[0-9a-f]{64}$/, { error: () => '64 hexadecimal digits' }),
});

/** A metric, space or strategy from a file. */
export type PlugInReference = Immutable<z.output<typeof plugInReferenceSchema>>;

/** Plug-ins from files. */
export const plugInsSchema = list(plugInReferenceSchema, 256, 'a list of plug-ins');

/** What {@link checkSamePlugIns} says of plug-ins that were recorded, in its message. */
export interface PlugInsRecorded {
  /** Since when: `the batch began`. */
  readonly since: string;
  /** What they are recorded in: `the record`. */
  readonly of: string;
  /** What to do about a file that changed: `give the file as it was`. */
  readonly advice: string;
}

/**
 * Checks that plug-ins are those that were recorded: values of two versions of a metric must not stand in one column, and
 * an architecture is another network in another version of its space. Plug-ins that only one side has are not compared.
 *
 * @param given of a plan, or loaded from files
 * @throws TenasError `PLUG_IN_CHANGED` naming both hashes
 */
export function checkSamePlugIns(
  recorded: readonly PlugInReference[],
  given: readonly PlugInReference[],
  { since, of, advice }: PlugInsRecorded,
): void {
  for (const { kind, name, sha256 } of given) {
    const other = recorded.find(
      (known) => known.kind === kind && known.name === name && known.sha256 !== sha256,
    );
    if (other === undefined) continue;
    throw new TenasError(
      'PLUG_IN_CHANGED',
      `the file of the ${kind} ${name} changed since ${since}: its SHA-256 is ${sha256}, that of ${of} ${other.sha256}; ${advice}`,
      { field: kind, value: name },
    );
  }
}
