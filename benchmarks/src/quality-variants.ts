import type { NtkSettings, RegionSettings } from '@tenas/metrics';
import type { NasBench201SupernetSize } from '@tenas/spaces';

/** One way to score architectures, as a column of the study's scores. */
export type Variant = {
  /** The column. */
  readonly name: string;
  readonly images: 'cifar10' | 'synthetic';
  readonly repeats: number;
  /** Score only so many of the sample, where it takes long. */
  readonly first?: number;
  /** Differences from the size that the protocols give the network. */
  readonly network?: Partial<NasBench201SupernetSize>;
} & (
  | { readonly metric: 'kappa'; readonly settings?: Partial<NtkSettings> }
  | { readonly metric: 'regions'; readonly settings?: Partial<RegionSettings> }
);

/** Regions of all cells, on square crops of one channel. */
function whole(crop: number, more: Partial<NasBench201SupernetSize> = {}) {
  return {
    network: { depth: -1, inputShape: [1, crop, crop], ...more },
    settings: { crop },
  } as const;
}

/** The study's variants; the first of each metric is what `score` does by default. */
export const VARIANTS: readonly Variant[] = [
  { name: 'kappa', metric: 'kappa', images: 'cifar10', repeats: 12 },
  { name: 'regions', metric: 'regions', images: 'cifar10', repeats: 6 },
  { name: 'kappa_b16', metric: 'kappa', images: 'cifar10', repeats: 3, settings: { batchSize: 16 } },
  { name: 'kappa_b64', metric: 'kappa', images: 'cifar10', repeats: 3, settings: { batchSize: 64 } },
  {
    name: 'kappa_b128',
    metric: 'kappa',
    images: 'cifar10',
    repeats: 3,
    settings: { batchSize: 128 },
    first: 500,
  },
  { name: 'kappa_c1', metric: 'kappa', images: 'cifar10', repeats: 3, network: { C: 1 } },
  { name: 'kappa_c8', metric: 'kappa', images: 'cifar10', repeats: 3, network: { C: 8 } },
  { name: 'kappa_synthetic', metric: 'kappa', images: 'synthetic', repeats: 3 },
  {
    name: 'kappa_fan_in',
    metric: 'kappa',
    images: 'cifar10',
    repeats: 3,
    settings: { init: 'kaiming_fan_in' },
  },
  { name: 'kappa_pytorch', metric: 'kappa', images: 'cifar10', repeats: 3, settings: { init: 'pytorch' } },
  { name: 'regions_synthetic', metric: 'regions', images: 'synthetic', repeats: 3 },
  {
    name: 'regions_fan_out',
    metric: 'regions',
    images: 'cifar10',
    repeats: 3,
    settings: { init: 'kaiming_fan_out' },
  },
  {
    name: 'regions_pytorch',
    metric: 'regions',
    images: 'cifar10',
    repeats: 3,
    settings: { init: 'pytorch' },
  },
  {
    name: 'regions_first_8',
    metric: 'regions',
    images: 'cifar10',
    repeats: 3,
    network: { inputShape: [1, 8, 8] },
    settings: { crop: 8 },
  },
  { name: 'regions_whole_4', metric: 'regions', images: 'cifar10', repeats: 3, ...whole(4) },
  { name: 'regions_whole_8', metric: 'regions', images: 'cifar10', repeats: 3, ...whole(8) },
  { name: 'regions_whole_8_synthetic', metric: 'regions', images: 'synthetic', repeats: 3, ...whole(8) },
  {
    name: 'regions_whole_8_c2',
    metric: 'regions',
    images: 'cifar10',
    repeats: 3,
    ...whole(8, { C: 2, useStem: true }),
  },
  {
    name: 'regions_whole_4_c2',
    metric: 'regions',
    images: 'cifar10',
    repeats: 3,
    ...whole(4, { C: 2, useStem: true }),
  },
  {
    name: 'kappa_batch',
    metric: 'kappa',
    images: 'cifar10',
    repeats: 3,
    settings: { mode: 'batch' },
    first: 500,
  },
];
