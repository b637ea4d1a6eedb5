// Mean and variance that batch norms used.
#pragma once

#include <algorithm>
#include <vector>

#include "reference/reference.hpp"

namespace tenas::reference {

/// Mean and variance of every batch norm, laid out as ForwardAnswer has them.
template <class Value>
std::vector<Value> statistics_of(const Graph& graph, const Activations& activations) {
  std::vector<Value> values;
  for (size_t v = 0; v < graph.nodes.size(); ++v) {
    const Node& node = graph.nodes[v];
    if (node.op != Op::kBatchNorm) continue;
    const bool ran = !activations.mean[v].empty();
    for (int32_t c = 0; c < node.shape.c; ++c) {
      values.push_back(ran ? static_cast<Value>(activations.mean[v][c]) : Value{0});
    }
    for (int32_t c = 0; c < node.shape.c; ++c) {
      const double inverse = ran ? activations.inv_std[v][c] : 1.0;
      values.push_back(static_cast<Value>(ran ? std::max(1.0 / (inverse * inverse) - node.eps, 0.0) : 1.0));
    }
  }
  return values;
}

}  // namespace tenas::reference
