import type { Init } from '@tenas/native/definitions';
import { z } from 'zod';
import type { AnyNetwork, Pass } from '../metric.js';
import { batchSizeField, initField, networkField } from './fields.js';

/** Settings of metrics that look at one batch of training images. Where they agree, one pass serves all of them. */
export interface BatchSettings {
  /** Default `proxy`, and `deep` in metrics that rank better there. */
  readonly network: AnyNetwork;
  /** Default 64, as most are published; 128 in naswot. */
  readonly batchSize: number;
  /** Default `pytorch`, as most are published. */
  readonly init: Init;
}

/** The fields of {@link BatchSettings}. */
export function batchFields(batchSize = 64) {
  return {
    network: networkField(),
    batchSize: batchSizeField(batchSize, 4096),
    init: initField('pytorch'),
  };
}

/** The schema of {@link BatchSettings}. */
export function batchSettings(network?: AnyNetwork) {
  return z.strictObject({ ...batchFields(), network: networkField(network) });
}

/** The pass of the batch. */
export function batchPass({ network, batchSize, init }: BatchSettings): Pass {
  return { network, inputs: { kind: 'training' }, batchSize, init };
}
