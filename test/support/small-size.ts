import type { Space } from '@tenas/spaces';

/** Small sizes of a space, so that 20 networks take seconds. @param number of the network: sizes differ */
export function smallSize(space: Space, number: number): object {
  const images = (side: number) => ({ classes: 10, height: side, width: side });
  const size: Record<string, unknown> = { ...space.sizes.proxy(images(16)) };
  // Large enough that batch norms of the last stages see several pixels, with the fewest channels of the space.
  if (!('C' in size)) return { ...space.sizes.stemless?.(images(64)), inputShape: [3, 64, 64] };
  if (!('N' in size)) return { ...size, C: 4 + (number % 2) };
  if (!('macro' in size)) return { ...size, C: 5 + (number % 2), N: 1 + (number % 2) };
  // Sizes that are odd once they are halved.
  if (number % 5 === 4) return { macro: 'imagenet', C: 4, N: 3, numClasses: 10, inputShape: [3, 72, 72] };
  return { ...size, N: 1 + (number % 4), stemMultiplier: 1 + (number % 3), inputShape: [3, 18, 18] };
}
