import { checkFields, checkInteger } from '@tenas/base';
import { type MobileNetV2Architecture, mobileNetV2Layers, mobileNetV2Macs } from './architecture.js';

/** What limits a space of MobileNetV2s. */
export interface MobileNetV2Budget {
  /** Name of the space (default `mobilenet-v2`). */
  readonly name?: string | undefined;
  /** Multiply-adds on ImageNet at 224x224 (default 450 million). */
  readonly maxMacs?: number | undefined;
  /** Layers, stem and last convolution counted too (default 14). */
  readonly maxLayers?: number | undefined;
}

/** A budget whose defaults are filled in. */
export interface FullMobileNetV2Budget {
  readonly name: string;
  readonly maxMacs: number;
  readonly maxLayers: number;
}

/** Fills in the defaults, the authors' for 450 million. @throws TenasError `CONFIG_INVALID` naming the field. */
export function mobileNetV2Budget(given: MobileNetV2Budget): FullMobileNetV2Budget {
  checkFields('budget', given, ['name', 'maxMacs', 'maxLayers'], 'CONFIG_INVALID');
  return {
    name: given.name ?? 'mobilenet-v2',
    // The network that samples start from has to fit: 159.3 million multiply-adds, 6 layers.
    maxMacs: checkInteger('maxMacs', given.maxMacs ?? 450e6, 160e6, 1e12, 'CONFIG_INVALID'),
    maxLayers: checkInteger('maxLayers', given.maxLayers ?? 14, 6, 256, 'CONFIG_INVALID'),
  };
}

/** Why an architecture is over the budget; undefined if it is not. */
export function overBudget(
  architecture: MobileNetV2Architecture,
  { maxMacs, maxLayers }: FullMobileNetV2Budget,
): string | undefined {
  const layers = mobileNetV2Layers(architecture);
  if (layers > maxLayers) return `has ${layers} layers, more than ${maxLayers}`;
  const macs = mobileNetV2Macs(architecture);
  if (macs > maxMacs) return `has ${macs} multiply-adds at 224x224, more than ${maxMacs}`;
  return undefined;
}
