import { type ImageSource, outputsFor, sampleShape } from '@tenas/data';
import type { Space } from '@tenas/spaces';

/** What may differ from the size of the network that a space trains. */
export interface SizeChanges {
  /** Channels of the first cells. */
  readonly channels?: number | undefined;
  /** Cells, per stage or in all as the space counts them. */
  readonly cells?: number | undefined;
}

/**
 * The size of the network that is trained on some images. A space refuses changes of what it has not: not every one has
 * channels or numbers of cells.
 */
export function sizeToTrain(
  space: Space,
  images: ImageSource,
  { channels, cells }: SizeChanges = {},
): object {
  const { name } = images;
  const classes = outputsFor(images);
  const inputShape = sampleShape(images);
  const [, height, width] = inputShape;
  return {
    ...space.sizes.final({ name, classes, height, width }),
    numClasses: classes,
    inputShape,
    ...(channels === undefined ? {} : { C: channels }),
    ...(cells === undefined ? {} : { N: cells }),
  };
}
