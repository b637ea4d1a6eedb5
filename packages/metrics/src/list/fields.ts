import { INITS, type Init } from '@tenas/native/definitions';
import { z } from 'zod';
import { ANY_NETWORKS, type AnyNetwork } from '../metric.js';

// Settings that several metrics have.

/** How the weights are drawn. */
export function initField(fallback: Init) {
  return z.enum(INITS).default(fallback).describe('initial weights');
}

/** Images per batch. */
export function batchSizeField(fallback: number, most: number, least = 2) {
  return z.int().min(least).max(most).default(fallback).describe('images per batch');
}

/** Which network is looked at, where the metric is at home on any. */
export function networkField(fallback: AnyNetwork = 'proxy') {
  return z
    .enum(ANY_NETWORKS)
    .default(fallback)
    .describe(
      'network to look at: a small one, a narrow one with several cells in a row, or the one to train',
    );
}
