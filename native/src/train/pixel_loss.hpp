// The cross-entropy of images with a label per pixel.
#pragma once

#include <cstdint>
#include <span>

#include "graph/graph.hpp"
#include "tasks/loss.hpp"

namespace tenas {

/// Maps of outputs, [classes][rows][columns] of a sample, and the size of the labels that they are stretched
/// to.
struct PixelMaps {
  Shape output;
  int32_t height = 0, width = 0;
};

/// Mean over all pixels of the cross-entropy of a sample's outputs, stretched to the size of its labels:
/// bilinearly, with corners on corners (`align_corners` of PyTorch).
///
/// `logits` are [samples][classes][rows][columns], `labels` [samples][height][width]. The gradient is by the
/// logits.
LossValue pixel_loss(const CrossEntropy& loss, const PixelMaps& maps, std::span<const double> logits,
                     std::span<const int32_t> labels, int32_t samples);

}  // namespace tenas
