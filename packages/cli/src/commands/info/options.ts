import { usage } from '../../invocation.js';

/** How `tenas info` is used. */
export const infoUsage = usage({ flags: {}, examples: ['tenas info', 'tenas info --json'] });
