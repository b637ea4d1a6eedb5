#include "train/training_loss.hpp"

#include "train/pixel_loss.hpp"
#include "train/tiled_loss.hpp"

namespace tenas {

LossValue training_loss(const CrossEntropy& loss, const Labelling& labelling, const Shape& output,
                        std::span<const double> logits, std::span<const int32_t> labels, int32_t samples) {
  if (!labelling.of_pixels()) return tiled_loss(loss, labelling.tiles, logits, labels, samples);
  return pixel_loss(loss, {output, labelling.height, labelling.width}, logits, labels, samples);
}

}  // namespace tenas
