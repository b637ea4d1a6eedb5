import type { RandomStream } from '@tenas/base';
import { type SampleOptions, sampleStream } from '../enumerate.js';
import {
  MOBILENET_V2_CHANNEL_STEP,
  MOBILENET_V2_EXPANSIONS,
  MOBILENET_V2_KERNELS,
  type MobileNetV2Architecture,
  type MobileNetV2Block,
} from './architecture.js';
import { type FullMobileNetV2Budget, overBudget } from './budget.js';
import { MOBILENET_V2_BLOCK_LAYERS, MOBILENET_V2_CHOSEN_CHANNELS } from './choices.js';

/** The network that the authors' searches start from: 8/e6k3-8-32x1/e6k3-32-48x1/e6k3-48-96x1/e6k3-96-128x1. */
const FIRST: Omit<MobileNetV2Architecture, 'space'> = {
  stem: 8,
  blocks: [
    [8, 32],
    [32, 48],
    [48, 96],
    [96, 128],
  ].map(([bottleneck, channels]) => ({
    kernel: 3,
    expansion: 6,
    bottleneck: bottleneck!,
    channels: channels!,
    layers: 1,
    stride: 2,
  })),
};

/** Mutations between the first network and a sample. */
const STEPS = 64;
/** By what the authors' mutations multiply channels, and what they add to layers. */
const FACTORS = [2.5, 2, 1.5, 1.25, 1, 1 / 1.25, 1 / 1.5, 1 / 2, 1 / 2.5];
const ADDED_LAYERS = [-2, -1, 0, 1, 2];

/**
 * Random architectures within the budget, reproducible by seed: each is 64 of the authors' mutations away from the
 * network that their searches start from. Mutations that break the budget are left out.
 *
 * @throws TenasError `SAMPLE_SIZE_INVALID` unless `count`, and `SEED_INVALID` unless `seed` is an integer of at least 0
 */
export function sampleMobileNetV2(
  budget: FullMobileNetV2Budget,
  options: SampleOptions,
): MobileNetV2Architecture[] {
  const random = sampleStream(budget.name, options);
  return Array.from({ length: options.count }, () => {
    let architecture: MobileNetV2Architecture = { space: budget.name, ...FIRST };
    for (let step = 0; step < STEPS; step++) {
      const mutated = mutatedMobileNetV2(architecture, random);
      if (mutated !== null && overBudget(mutated, budget) === undefined) architecture = mutated;
    }
    return architecture;
  });
}

/** Changes the stem or one block; null where that would leave the space. */
function mutatedMobileNetV2(
  { space, stem, blocks }: MobileNetV2Architecture,
  random: RandomStream,
): MobileNetV2Architecture | null {
  const place = random.below(blocks.length + 1) - 1;
  if (place < 0) return { space, stem: scaled(stem, random), blocks };
  const { stride, ...old } = blocks[place]!;
  const layers = old.layers + random.pick(ADDED_LAYERS);
  if (layers < 1) return null;
  const changed: MobileNetV2Block = {
    kernel: random.pick(MOBILENET_V2_KERNELS),
    expansion: random.pick(MOBILENET_V2_EXPANSIONS),
    bottleneck: scaled(old.bottleneck, random),
    channels: scaled(old.channels, random),
    layers,
    stride,
  };
  const made = layers > MOBILENET_V2_BLOCK_LAYERS ? halves(changed) : [changed];
  const follows = blocks[place + 1]?.stride === 1;
  // A stage has two blocks at most.
  if (made.length > 1 && (stride === 1 || follows)) return null;
  return { space, stem, blocks: [...blocks.slice(0, place), ...made, ...blocks.slice(place + 1)] };
}

/** Two blocks of three layers each, as the authors' code makes them also of seven layers. */
function halves(block: MobileNetV2Block): MobileNetV2Block[] {
  return [
    { ...block, layers: 3 },
    { ...block, layers: 3, stride: 1 },
  ];
}

function scaled(channels: number, random: RandomStream): number {
  const steps = Math.round((channels * random.pick(FACTORS)) / MOBILENET_V2_CHANNEL_STEP);
  return Math.min(MOBILENET_V2_CHOSEN_CHANNELS, Math.max(1, steps) * MOBILENET_V2_CHANNEL_STEP);
}
