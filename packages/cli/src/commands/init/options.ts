import { isSpaceName, SPACE_NAMES } from '@tenas/spaces/definitions';
import { z } from 'zod';
import { oneOf, text } from '../../flag-values.js';
import { argument, flag, toggle } from '../../flags.js';
import { usage } from '../../invocation.js';

/** What a space can be written in. */
export const SPACE_FORMATS = ['yaml', 'mjs'] as const;

const wanted = 'lower case letters, digits and single hyphens, at most 64';
const builtIn: readonly string[] = SPACE_NAMES;
const spaceName = z
  .string()
  .refine((name) => name.length <= 64 && isSpaceName(name), { error: () => wanted })
  .refine((name) => !builtIn.includes(name), { error: () => 'a name that no built-in space has' });

/** How `tenas init space` is used. */
export const initSpaceUsage = usage({
  positionals: { name: argument(`name of the space and of its files: ${wanted}`, spaceName) },
  flags: {
    format: flag(
      '<name>',
      'yaml: a page that describes the space; mjs: JavaScript, for networks that YAML cannot describe',
      oneOf(SPACE_FORMATS).default('yaml'),
    ),
    out: flag('<dir>', 'folder to write to', text('a folder').default('.')),
    force: toggle('replace existing files'),
  },
  examples: [
    'tenas init space my-space',
    '# try it',
    'tenas info --space ./my-space.yaml',
    '# in JavaScript',
    'tenas init space my-space --format mjs --out spaces',
  ],
});
