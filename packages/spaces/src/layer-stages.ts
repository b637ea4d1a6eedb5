import type { Shape } from '@tenas/graph';

/** Layers that follow each other with one number of channels. */
export interface LayerStage {
  readonly channels: number;
  readonly layers: number;
  /** Of the first layer; the others have 1. */
  readonly stride: number;
}

/** Where a layer of a layer-wise space stands. */
export interface LayerPlace {
  /** Its stage, from 0. */
  readonly stage: number;
  readonly stride: number;
  /** Whether it is the first of its stage: only there may channels or resolution change. */
  readonly first: boolean;
}

/** The places of all layers, in order. */
export function layerPlaces(stages: readonly Omit<LayerStage, 'channels'>[]): LayerPlace[] {
  return stages.flatMap(({ layers, stride }, stage) =>
    Array.from({ length: layers }, (_, place) => ({
      stage,
      stride: place === 0 ? stride : 1,
      first: place === 0,
    })),
  );
}

/** Images of fewer rows would end as a single pixel: the first two strides of MobileNets are left out for them. */
const LEAST_HALVED = 64;

/** Whether a MobileNet for ImageNet halves images of this shape too often. */
export function isSmallImage([, height]: Shape): boolean {
  return height < LEAST_HALVED;
}
