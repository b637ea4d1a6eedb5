import { usage } from '../../invocation.js';

/** How `tenas systems` is used. */
export const systemsUsage = usage({
  flags: {},
  examples: ['tenas systems', 'tenas systems --json'],
});
