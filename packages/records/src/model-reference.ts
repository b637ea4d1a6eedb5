import { z } from 'zod';
import { type Immutable, text } from './fields.js';

/** A file that a network was read from. */
export const modelReferenceSchema = z.object({
  /** Path of the ONNX file, as it was given. */
  file: text,
  /** SHA-256 of its bytes, in hexadecimal. */
  sha256: text,
  /** Weights that the network had: drawn by the seed, or those of the file. */
  weights: z.enum(['seeded', 'file'], { error: () => 'seeded or file' }),
});

/** A file that a network was read from. */
export type ModelReference = Immutable<z.output<typeof modelReferenceSchema>>;
