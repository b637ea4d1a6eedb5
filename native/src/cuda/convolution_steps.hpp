// Steps of a planned convolution: what they read of its geometry and where its weights lie.
#pragma once

#include "cuda/layout.hpp"

namespace tenas::cuda {

/// The forward pass of convolution (or linear layer) `v`; without input and output tensors.
ConvolutionStep forward_step(const DeviceLayout& layout, int32_t v);
/// Dense convolution `k` of its backward pass by data; without tensors and units.
ConvolutionStep data_gradient_step(const DeviceLayout& layout, int32_t v, size_t k);
/// Its backward pass by weights; without tensors, units and the place of the result.
WeightGradientStep weight_gradient_step(const DeviceLayout& layout, int32_t v);

}  // namespace tenas::cuda
