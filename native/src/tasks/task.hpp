// All that can be asked of a network, and the answers: one alternative per task, in the same order.
#pragma once

#include <span>
#include <variant>

#include "tasks/forward.hpp"
#include "tasks/ntk.hpp"
#include "tasks/regions.hpp"

namespace tenas {

using Task = std::variant<ForwardTask, NtkTask, RegionsTask>;
using Answer = std::variant<ForwardAnswer, NtkAnswer, RegionsAnswer>;

/// What batch norm normalises by in the forward pass that a task needs: tasks that agree share one.
inline Statistics forward_statistics(const Task& task) {
  if (const auto* forward = std::get_if<ForwardTask>(&task)) return forward->statistics;
  return Statistics::kBatch;
}

/// Batches of the inputs that a task reads, from the first on.
inline int32_t batches_of(const Task& task) {
  if (const auto* regions = std::get_if<RegionsTask>(&task)) return regions->batches;
  return 1;
}

/// Whether a task needs a backward pass.
inline bool is_differentiated(const Task& task) {
  return std::holds_alternative<NtkTask>(task);
}

}  // namespace tenas
