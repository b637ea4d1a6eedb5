// The work of one training step: levels of the forward pass between the batch norms, and the backward pass.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "plan/schedule.hpp"

namespace tenas::engine {

/// Nodes that can run one after the other without sums over the batch, once the batch norms among them know
/// their statistics.
struct ForwardLevel {
  std::vector<int32_t> norms;  // batch norms of this level, whose inputs are of earlier ones
  std::vector<int32_t> nodes;  // in the order to run them, batch norms included
};

/// Backward stages that run together, and the weights that they reach of layers which do not run by
/// Winograd's algorithm.
struct BackwardGroup {
  std::span<const BackwardStage> stages;
  std::vector<int32_t> weights;  // ids of parameters with rows in this group
};

/// Forward and backward work of a network with fixed mixing coefficients. Not copied: its parts point to each
/// other.
struct TrainingSchedule {
  TrainingSchedule(const Plan& plan, std::span<const double> coefficients, const Targets& targets,
                   Additions additions);
  TrainingSchedule(const TrainingSchedule&) = delete;
  TrainingSchedule& operator=(const TrainingSchedule&) = delete;

  const std::vector<double> coefficients;
  const Additions additions;
  const Schedule executed;  // forward: everything that runs, also what the output does not depend on
  const Schedule backward;
  std::vector<ForwardLevel> levels;
  std::vector<BackwardGroup> groups;
  int64_t largest_rows = 0;  // of the Jacobian, over the groups
};

}  // namespace tenas::engine
