import { z } from 'zod';
import type { CountingMetric } from '../metric.js';

/** Trainable parameters of the network to train, in all. Ranks surprisingly well, so show it beside any other metric. */
export const params: CountingMetric = {
  name: 'params',
  title: 'parameters',
  better: 'higher',
  least: 0,
  paper: '',
  needs: [],
  settings: z.strictObject({}),
  count: ({ cost }) => cost.params,
};
