import { z } from 'zod';
import type { Initialisation } from '../evaluator/engine-tasks.js';
import type { NetworkRole } from '../metric.js';

// Settings that several metrics have.

/** All initial weight distributions. */
export const INITIALISATIONS: readonly Initialisation[] = ['kaiming_fan_in', 'kaiming_fan_out', 'pytorch'];

/** How the weights are drawn. */
export function initField(fallback: Initialisation) {
  return z.enum(INITIALISATIONS).default(fallback).describe('initial weights');
}

/** Images per batch. */
export function batchSizeField(fallback: number, most: number, least = 2) {
  return z.int().min(least).max(most).default(fallback).describe('images per batch');
}

/** Which network is looked at, where the metric is at home on any. */
export function networkField() {
  const roles: readonly Exclude<NetworkRole, 'stemless'>[] = ['proxy', 'final'];
  return z
    .enum(roles)
    .default('proxy')
    .describe('network that is looked at: a small one, or the one to train in the end');
}
