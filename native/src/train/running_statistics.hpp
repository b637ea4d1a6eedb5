// Running statistics of batch norms, as PyTorch keeps them.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/error.hpp"
#include "graph/graph.hpp"
#include "train/state.hpp"

namespace tenas {

/// Values per channel that a batch norm's statistics are of. Throws Error REQUEST_INVALID if that is 1, which
/// has no unbiased variance.
inline double values_per_channel(const Graph& graph, size_t node, int32_t samples) {
  const Shape& shape = graph.nodes[node].shape;
  const double count = static_cast<double>(samples) * shape.h * shape.w;
  if (count < 2) {
    throw Error("REQUEST_INVALID",
                "images has 1 sample, and node " + std::to_string(node) +
                    ", a batch norm, sees 1 value per channel; at least 2 are needed to train");
  }
  return count;
}

/// Moves the running statistics of one channel: running = (1 - momentum) running + momentum batch, where the
/// batch's variance is made unbiased by count / (count - 1).
inline void move_statistics(const Graph& graph, size_t node, size_t channel, double momentum, double mean,
                            double variance, double count, TrainingState& state) {
  const auto value = [&](int32_t param) -> double& {
    return state.values[graph.params[param].offset + channel];
  };
  double& running_mean = value(graph.nodes[node].running_mean);
  double& running_variance = value(graph.nodes[node].running_var);
  running_mean = (1 - momentum) * running_mean + momentum * mean;
  running_variance = (1 - momentum) * running_variance + momentum * variance * count / (count - 1);
}

/// Counts for running statistics that are the mean over some batches, in which not every batch norm runs.
class ObservedBatches {
 public:
  /// All begin anew.
  void clear() { counts_.clear(); }
  /// Counts one more batch of a batch norm, in the state too. Returns how far its statistics have to move.
  double add(size_t node, TrainingState& state) {
    counts_.resize(state.batches.size(), 0);
    state.batches[node] = ++counts_[node];
    return 1.0 / static_cast<double>(counts_[node]);
  }

 private:
  std::vector<int64_t> counts_;  // by node
};

}  // namespace tenas
