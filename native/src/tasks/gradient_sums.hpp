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
  const int64_t values = graph.param_values;
  std::vector<double> sums(graph.params.size() * kGradientSums, 0.0);
  for (size_t id = 0; id < graph.params.size(); ++id) {
    const Param& param = graph.params[id];
    double* own = sums.data() + id * kGradientSums;
    for (int64_t i = param.offset; i < param.offset + param.size; ++i) {
      double mean = 0, size = 0, variance = 0;
      for (int64_t b = 0; b < batches; ++b) {
        mean += gradients[b * values + i] / batches;
        size += std::abs(gradients[b * values + i]) / batches;
      }
      for (int64_t b = 0; b < batches; ++b) {
        const double difference = gradients[b * values + i] - mean;
        variance += difference * difference / batches;
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
