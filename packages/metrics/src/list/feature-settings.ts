import type { Init } from '@tenas/native/definitions';
import { z } from 'zod';
import type { AnyNetwork, Pass } from '../metric.js';
import { batchSizeField, initField, networkField } from './fields.js';

/** Settings of metrics that look at the features of noise. Where they agree, one pass serves all of them. */
export interface FeatureSettings {
  /** Default `proxy`. */
  readonly network: AnyNetwork;
  /** Default 64. */
  readonly batchSize: number;
  /** Default `kaiming_fan_in`. */
  readonly init: Init;
}

/** The fields of {@link FeatureSettings}, with the defaults of AZ-NAS. */
export function featureFields() {
  return {
    network: networkField(),
    batchSize: batchSizeField(64, 4096),
    init: initField('kaiming_fan_in'),
  };
}

/** The pass in which features are looked at. */
export function featurePass({ network, batchSize, init }: FeatureSettings): Pass {
  return { network, inputs: { kind: 'noise' }, batchSize, init };
}

/** The schema of {@link FeatureSettings}. */
export function featureSettings() {
  return z.strictObject(featureFields());
}
