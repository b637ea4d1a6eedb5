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
