/**
 * Search spaces in YAML: `@tenas/spaces/file`. Apart from the rest, so that commands without such a file load no reader.
 * @packageDocumentation
 */
export { spaceFileJsonSchema } from './json-schema.js';
export { parseSpaceFile, readSpaceFile } from './read-space-file.js';
export type { FileSize } from './size.js';
export type { FileSpace } from './space.js';
