// What training changes.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "graph/graph.hpp"
#include "train/optimiser.hpp"

namespace tenas {

struct TrainingState {
  int64_t steps = 0;                  // with an update
  std::vector<double> values;         // [parameter values], running statistics among them
  std::vector<double> first, second;  // the optimiser's moments, [parameter values] or empty
  std::vector<int64_t> updates;       // by parameter tensor: how often it was updated
  std::vector<int64_t> batches;       // by node: batches that a batch norm's running statistics have seen

  /// The state before the first step.
  TrainingState(const Graph& graph, const Optimiser& optimiser, std::span<const float> weights)
      : values(weights.begin(), weights.end()),
        first(optimiser.moments() > 0 ? values.size() : 0, 0.0),
        second(optimiser.moments() > 1 ? values.size() : 0, 0.0),
        updates(graph.params.size(), 0),
        batches(graph.nodes.size(), 0) {}
};

}  // namespace tenas
