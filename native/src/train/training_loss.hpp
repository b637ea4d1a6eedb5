// The cross-entropy of a training, whatever its labels are of.
#pragma once

#include <cstdint>
#include <span>

#include "graph/graph.hpp"
#include "tasks/loss.hpp"
#include "train/labelling.hpp"

namespace tenas {

/// Cross-entropy of samples, of images in tiles, or of pixels. `output` is the shape of one sample's
/// `logits`.
LossValue training_loss(const CrossEntropy& loss, const Labelling& labelling, const Shape& output,
                        std::span<const double> logits, std::span<const int32_t> labels, int32_t samples);

}  // namespace tenas
