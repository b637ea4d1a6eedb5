// Which tasks a CUDA device can carry out, and on which networks.
#pragma once

#include <string_view>
#include <variant>

#include "graph/graph.hpp"
#include "tasks/task.hpp"

namespace tenas::cuda {

/// Whether the CUDA backend has a form of the task.
inline bool has_form(const Task& task) {
  return std::holds_alternative<ForwardTask>(task) || std::holds_alternative<NtkTask>(task) ||
         std::holds_alternative<RegionsTask>(task) || std::holds_alternative<GradientTask>(task);
}

/// The first operation of a network that the CUDA backend has no form of; empty if it has one of each.
inline std::string_view without_form(const Graph& graph) {
  for (const Node& node : graph.nodes) {
    if (node.op == Op::kActivation) return "activation";
    if (node.op == Op::kScale) return "scale";
    if (node.op == Op::kSelectChannels) return "selectChannels";
  }
  return {};
}

}  // namespace tenas::cuda
