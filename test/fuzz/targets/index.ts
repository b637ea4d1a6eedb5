import type { FuzzTarget } from '../target.js';
import { binaryTargets } from './binary-files.js';
import { documentTargets } from './documents.js';
import { engineTargets } from './engine.js';
import { folderTargets } from './folders.js';
import { textTargets } from './texts.js';

/** Every reader of what comes from outside. */
export const targets: readonly FuzzTarget[] = [
  ...binaryTargets,
  ...folderTargets,
  ...textTargets,
  ...documentTargets,
  ...engineTargets,
];
