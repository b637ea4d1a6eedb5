import type { ImageSource } from '@tenas/data';
import type { SpaceSupernet } from '@tenas/spaces';

/**
 * The size of a space's supernet for some images, with all of its cells. It has no other fields than those that all spaces
 * call alike, so that what else a space can set has its default.
 *
 * @param cells per stage, as the space counts them
 */
export function supernetSize(
  supernet: SpaceSupernet,
  { name, classes, height, width }: ImageSource,
  { channels, cells }: { readonly channels: number; readonly cells: number },
): object {
  const known = supernet.sizes.proxy({ name, classes, height, width });
  const size = { C: channels, N: cells, numClasses: classes, inputShape: [3, height, width] };
  return Object.fromEntries(Object.entries(size).filter(([field]) => field in known));
}
