// Which parameters a gradient is taken by.
#pragma once

#include <vector>

#include "graph/graph.hpp"

namespace tenas {

/// By parameter id.
using ParameterSet = std::vector<bool>;

/// The columns of the NTK's Jacobian: weights (of convolutions and linear layers, scales of batch norms) that
/// the graph marks.
inline ParameterSet ntk_parameters(const Graph& graph) {
  ParameterSet set(graph.params.size(), false);
  for (const Node& node : graph.nodes) {
    if (node.weight < 0) continue;
    set[node.weight] = graph.params[node.weight].in_ntk;
  }
  return set;
}

/// Everything that can be trained: all but running statistics, and, where batch norm is the identity, without
/// its scale and shift.
inline ParameterSet trainable_parameters(const Graph& graph, bool batch_norms = true) {
  ParameterSet set(graph.params.size(), false);
  for (const Node& node : graph.nodes) {
    if (node.op == Op::kBatchNorm && !batch_norms) continue;
    if (node.weight >= 0) set[node.weight] = true;
    if (node.bias >= 0) set[node.bias] = true;
  }
  return set;
}

}  // namespace tenas
