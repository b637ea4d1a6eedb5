// Backward steps of the operations that have no parameters and go channel plane by channel plane.
#pragma once

#include "cuda/gradient_writer.hpp"

namespace tenas::cuda {

/// Differentiates node `v`, a ReLU, activation, scale, selection of channels, pool or padding, by its input
/// `branch`.
void add_plane_gradient(GradientWriter& writer, int32_t v, int32_t branch, const Passage& passage);

}  // namespace tenas::cuda
