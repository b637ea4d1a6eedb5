// Which tasks a CUDA device can carry out.
#pragma once

#include <variant>

#include "tasks/task.hpp"

namespace tenas::cuda {

/// Whether the CUDA backend has a form of the task.
inline bool has_form(const Task& task) {
  return std::holds_alternative<ForwardTask>(task) || std::holds_alternative<NtkTask>(task) ||
         std::holds_alternative<RegionsTask>(task);
}

}  // namespace tenas::cuda
