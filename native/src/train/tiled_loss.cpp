#include "train/tiled_loss.hpp"

#include <utility>
#include <vector>

namespace tenas {
namespace {

/// Calls `fn(place, joined)` for every logit that counts and its place among the outputs of the images.
template <class Fn>
void each_counted(int32_t tiles, int64_t classes, int64_t images, const Fn& fn) {
  for (int64_t image = 0; image < images; ++image) {
    for (int64_t tile = 0; tile < tiles; ++tile) {
      const int64_t block = ((image * tiles + tile) * tiles + tile) * classes;
      for (int64_t k = 0; k < classes; ++k) fn(block + k, image * classes + k);
    }
  }
}

}  // namespace

LossValue tiled_loss(const CrossEntropy& loss, int32_t tiles, std::span<const double> logits,
                     std::span<const int32_t> labels, int32_t samples) {
  if (tiles == 1) return evaluate_loss(loss, 0, logits, labels, samples);
  const int32_t images = samples / tiles;
  const int64_t classes = std::ssize(logits) / samples / tiles;
  std::vector<double> joined(images * classes, 0.0);
  each_counted(tiles, classes, images, [&](int64_t i, int64_t k) { joined[k] += logits[i]; });
  LossValue value = evaluate_loss(loss, 0, joined, labels, images);
  std::vector<double> gradient(logits.size(), 0.0);
  each_counted(tiles, classes, images, [&](int64_t i, int64_t k) { gradient[i] = value.gradient[k]; });
  value.gradient = std::move(gradient);
  return value;
}

}  // namespace tenas
