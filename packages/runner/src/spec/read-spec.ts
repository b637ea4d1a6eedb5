import { dirname } from 'node:path';
import { decodedText, readInput } from '@tenas/base';
import { type FieldPath, MAX_YAML_BYTES, type ReadYaml, readYaml } from '@tenas/base/yaml';
import { type BatchSpec, specSchema } from './schema.js';

/** A parsed spec, with source positions for error messages. */
export interface ReadSpec extends Pick<ReadYaml<BatchSpec>, 'fieldError' | 'together'> {
  readonly spec: BatchSpec;
  /** As it is in the file. */
  readonly text: string;
  /** Paths in the spec are relative to this folder. */
  readonly folder: string;
}

/** Names and positions that lead to a field. */
export type SpecPath = FieldPath;

/**
 * Reads the spec of a batch, YAML or JSON.
 * @throws TenasError `SPEC_INVALID` naming file, line, field, value and what would be right, of every mistake; those of
 * `readInput`
 */
export async function readSpec(path: string): Promise<ReadSpec> {
  const bytes = await readInput(path, { maxBytes: MAX_YAML_BYTES });
  return parseSpec(decodedText(bytes), path, dirname(path));
}

/** {@link readSpec} of text; `name` stands for the file in errors. */
export function parseSpec(text: string, name: string, folder: string): ReadSpec {
  const { value, ...errors } = readYaml(text, { name, schema: specSchema, code: 'SPEC_INVALID' });
  return { spec: value, text, folder, ...errors };
}
