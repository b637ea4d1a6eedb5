import { type ImageSource, outputsFor, sampleShape } from '@tenas/data';
import type { SpaceSupernet } from '@tenas/spaces';

/**
 * The size of a space's supernet for some images, with all of its cells. It has no other fields than those that all spaces
 * call alike, so that what else a space can set has its default.
 *
 * @param cells per stage, as the space counts them
 */
export function supernetSize(
  supernet: SpaceSupernet,
  images: ImageSource,
  { channels, cells }: { readonly channels: number; readonly cells: number },
): object {
  const { name } = images;
  const classes = outputsFor(images);
  const inputShape = sampleShape(images);
  const [, height, width] = inputShape;
  const known = supernet.sizes.proxy({ name, classes, height, width });
  const size = { C: channels, N: cells, numClasses: classes, inputShape };
  return Object.fromEntries(Object.entries(size).filter(([field]) => field in known));
}
