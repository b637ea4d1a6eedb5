import { z } from 'zod';
import type { CountingMetric } from '../metric.js';

/** Multiply-adds of the network to train, for one image: convolutions and linear layers. Papers call them FLOPs. */
export const macs: CountingMetric = {
  name: 'macs',
  title: 'multiply-adds',
  better: 'higher',
  least: 0,
  paper: '',
  needs: [],
  settings: z.strictObject({}),
  count: ({ cost }) => cost.macs,
};
