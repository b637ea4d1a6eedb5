// Reduce::kSums and Reduce::kSigns: what metrics ask of a gradient by parameters.
#pragma once

#include <algorithm>
#include <cmath>
#include <span>
#include <vector>

#include "base/host_device.hpp"
#include "graph/graph.hpp"
#include "tasks/gradient.hpp"

namespace tenas {

/// Adds one entry of a tensor to its sums. `gradient(b)` is the entry's gradient in batch b.
template <class Gradient>
TENAS_HD void add_gradient_entry(const Gradient& gradient, int32_t batches, double weight,
                                 double (&sums)[kGradientSums]) {
  double mean = 0, size = 0, variance = 0;
  for (int32_t b = 0; b < batches; ++b) {
    const double value = gradient(b);
    mean += value / batches;
    size += std::abs(value) / batches;
  }
  for (int32_t b = 0; b < batches; ++b) {
    const double difference = gradient(b) - mean;
    variance += difference * difference / batches;
  }
  const double product = mean * weight;
  sums[0] += std::abs(mean);
  sums[1] += mean * mean;
  sums[2] += std::abs(product);
  sums[3] += product;
  if (variance > 0) sums[4] += size / std::sqrt(variance);
}

/// The five sums per parameter tensor, see GradientAnswer::sums. `gradients` is [batches][parameter values],
/// `weight(i)` the value of parameter i.
template <class Weight>
std::vector<double> gradient_sums(const Graph& graph, std::span<const double> gradients, int32_t batches,
                                  const Weight& weight) {
  const int64_t values = graph.param_values;
  std::vector<double> sums(graph.params.size() * kGradientSums, 0.0);
  for (size_t id = 0; id < graph.params.size(); ++id) {
    const Param& param = graph.params[id];
    double own[kGradientSums] = {};
    for (int64_t i = param.offset; i < param.offset + param.size; ++i) {
      add_gradient_entry([&](int64_t b) { return gradients[b * values + i]; }, batches, weight(i), own);
    }
    std::copy(std::begin(own), std::end(own), sums.begin() + id * kGradientSums);
  }
  return sums;
}

/// Adds the sign of a gradient; NaN stays NaN.
inline void add_sign(double gradient, float& sum) {
  sum += std::isnan(gradient) ? NAN : static_cast<float>((gradient > 0) - (gradient < 0));
}

/// GradientAnswer::signs of gradients [batches][parameter values].
inline std::vector<float> gradient_signs(std::span<const double> gradients, int64_t values) {
  std::vector<float> signs(values, 0.0f);
  for (int64_t i = 0; i < std::ssize(gradients); ++i) add_sign(gradients[i], signs[i % values]);
  return signs;
}

}  // namespace tenas
