// Which tasks a CUDA device can carry out.
#pragma once

#include <variant>

#include "tasks/task.hpp"

namespace tenas::cuda {

/// Whether the CUDA backend has a form of the task. Every operation of a network has one.
inline bool has_form(const Task& task) {
  return std::holds_alternative<ForwardTask>(task) || std::holds_alternative<NtkTask>(task) ||
         std::holds_alternative<RegionsTask>(task) || std::holds_alternative<GradientTask>(task);
}

}  // namespace tenas::cuda
