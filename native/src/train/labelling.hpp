// What the labels of a batch are of: samples, images in tiles, or pixels.
#pragma once

#include <cstdint>

namespace tenas {

/// Labels are of samples, unless told otherwise.
struct Labelling {
  /// Samples of an image, which has one label; see tiled_loss.
  int32_t tiles = 1;
  /// Height and width of a sample's labels, one per pixel; 0: a sample has one label. See pixel_loss.
  int32_t height = 0, width = 0;

  bool of_pixels() const { return height > 0; }
  /// Labels of so many samples.
  int64_t labels(int64_t samples) const { return of_pixels() ? samples * height * width : samples / tiles; }
};

}  // namespace tenas
