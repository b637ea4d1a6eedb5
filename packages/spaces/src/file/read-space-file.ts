import { decodedText, readInput } from '@tenas/base';
import { readYaml } from '@tenas/base/yaml';
import { resolveSpace } from './resolve.js';
import { spaceFileSchema } from './schema.js';
import { type FileSpace, spaceOf } from './space.js';

/** A page of YAML has some thousand bytes. */
const MOST_BYTES = 1 << 20;

/**
 * The space that a text in YAML or JSON describes (docs/own-space.md).
 *
 * @param name stands for the file in errors
 * @throws TenasError `SPACE_FILE_INVALID` naming file, line, field, value and what would be right
 */
export function parseSpaceFile(text: string, name: string): FileSpace {
  const read = readYaml(text, { name, schema: spaceFileSchema, code: 'SPACE_FILE_INVALID' });
  return spaceOf(read.value, resolveSpace(read));
}

/** {@link parseSpaceFile} of a file. @throws those of `readInput`, too */
export async function readSpaceFile(path: string): Promise<FileSpace> {
  const bytes = await readInput(path, { maxBytes: MOST_BYTES });
  return parseSpaceFile(decodedText(bytes), path);
}
