/** How training images are changed at random; lengths in pixels of the source's images. */
export interface Augmentation {
  /** The image gets a border of so many black pixels, of which a crop of its own size is taken; 0: none. */
  readonly padding: number;
  /** Left and right are swapped in half of the images. */
  readonly flip: boolean;
  /** Side of a square around a random pixel that becomes 0 after normalisation (DeVries and Taylor 2017); 0: none. */
  readonly cutout: number;
}
