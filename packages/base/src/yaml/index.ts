/**
 * YAML and JSON files of people, with line and field in every error: `@tenas/base/yaml`. Apart from the rest, so that
 * commands that read none do not load the parser.
 * @packageDocumentation
 */
export { MAX_YAML_BYTES } from './limits.js';
export { type FieldPath, type ReadYaml, type ReadYamlOptions, readYaml } from './read-yaml.js';
