// Reduce::kSums: what metrics ask of a gradient by parameters.
#pragma once

#include <cmath>
#include <span>
#include <vector>

#include "graph/graph.hpp"
#include "tasks/gradient.hpp"

namespace tenas {

/// The five sums per parameter tensor, see GradientAnswer::sums. `gradients` is [batches][parameter values],
/// `weight(i)` the value of parameter i.
template <class Weight>
std::vector<double> gradient_sums(const Graph& graph, std::span<const double> gradients, int32_t batches,
                                  const Weight& weight) {
  const auto values = static_cast<size_t>(graph.param_values);
  const auto count = static_cast<size_t>(batches);
  std::vector<double> sums(graph.params.size() * kGradientSums, 0.0);
  for (size_t id = 0; id < graph.params.size(); ++id) {
    double* own = sums.data() + id * kGradientSums;
    const auto first = static_cast<size_t>(graph.params[id].offset);
    for (size_t i = first; i < first + static_cast<size_t>(graph.params[id].size); ++i) {
      double mean = 0, size = 0, variance = 0;
      for (size_t b = 0; b < count; ++b) {
        mean += gradients[b * values + i] / static_cast<double>(count);
        size += std::abs(gradients[b * values + i]) / static_cast<double>(count);
      }
      for (size_t b = 0; b < count; ++b) {
        const double difference = gradients[b * values + i] - mean;
        variance += difference * difference / static_cast<double>(count);
      }
      const double product = mean * weight(i);
      own[0] += std::abs(mean);
      own[1] += mean * mean;
      own[2] += std::abs(product);
      own[3] += product;
      if (variance > 0) own[4] += size / std::sqrt(variance);
    }
  }
  return sums;
}

}  // namespace tenas
