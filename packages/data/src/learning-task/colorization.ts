import type { ImageSource } from '../source.js';
import { FEW_CENTRES, GRID_CENTRES, nearestCentre } from './colour-centres.js';
import { labColour } from './lab-colour.js';
import type { LearningTask } from './learning-task.js';

/** The centres that each task tells apart. */
export const PALETTES = {
  colorization: GRID_CENTRES,
  'colorization-32': FEW_CENTRES,
} as const;

/**
 * The colour of every pixel, from the lightness of the image alone (Zhang, Isola and Efros, ECCV 2016, arXiv 1603.08511; as
 * UnNAS has it, Liu et al., ECCV 2020). The network sees L of L*a*b*, one channel; the label of a pixel is the nearest centre
 * of a and b. Flips are those of the recipe; crops and cutout are left out. L is normalised by the mean of the channels' means
 * and of their deviations, as published.
 */
export function colorizationTask(name: keyof typeof PALETTES, source: ImageSource): LearningTask {
  const { height, width, mean, std } = source;
  const centres = PALETTES[name];
  const nearest = nearestCentre(centres);
  const pixels = height * width;
  const average = (values: readonly number[]) => values.reduce((sum, value) => sum + value, 0) / 3;
  const [middle, spread] = [average(mean), average(std)];
  return {
    name,
    samples: 1,
    labels: pixels,
    tiles: 1,
    labelled: [height, width],
    shape: [1, height, width],
    classes: centres.length,
    augmentation: ({ flip }) => ({ padding: 0, flip, cutout: 0 }),
    fill(image, _random, { images, labels }) {
      const value = (channel: number, pixel: number) =>
        Math.round(image[channel * pixels + pixel]! * std[channel]! + mean[channel]!);
      for (let pixel = 0; pixel < pixels; pixel++) {
        const [lightness, a, b] = labColour(value(0, pixel), value(1, pixel), value(2, pixel));
        images[pixel] = ((lightness / 100) * 255 - middle) / spread;
        labels[pixel] = nearest(a, b);
      }
    },
  };
}
