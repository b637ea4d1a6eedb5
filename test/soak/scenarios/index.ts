import type { Scenario } from '../scenario.js';
import { queue, stores } from './batches.js';
import { cancellations, disposals, evaluations, programs } from './engine.js';
import { threads } from './threads.js';
import { trainers } from './training.js';

/** All scenarios. */
export const scenarios: readonly Scenario[] = [
  evaluations,
  programs,
  cancellations,
  disposals,
  threads,
  trainers,
  stores,
  queue,
];
