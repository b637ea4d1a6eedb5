// The cross-entropy of images that a network sees in tiles, one sample each.
#pragma once

#include <cstdint>
#include <span>

#include "tasks/loss.hpp"

namespace tenas {

/// Cross-entropy of images in `tiles` samples each. A sample has a block of outputs per tile, and the outputs
/// of an image are the sum over its tiles of block t of tile t: a linear layer on the features of all tiles
/// side by side. With one tile it is the plain cross-entropy.
///
/// `logits` are [samples][tiles][classes], `labels` [samples / tiles]. The gradient is by the logits.
LossValue tiled_loss(const CrossEntropy& loss, int32_t tiles, std::span<const double> logits,
                     std::span<const int32_t> labels, int32_t samples);

}  // namespace tenas
