// Which nodes a candidate runs: one sweep from the last node to the first, since readers come after what they
// read.
#include "base/error.hpp"
#include "graph/graph.hpp"

namespace tenas {
namespace {

/// Marks the output and the heads.
std::vector<bool> roots(const Graph& graph, std::span<const int32_t> heads) {
  std::vector<bool> live(graph.nodes.size(), false);
  live[graph.output] = true;
  for (const int32_t head : heads) live[head] = true;
  return live;
}

/// Marks everything that marked nodes read. `live` holds the roots.
void mark_inputs(const Graph& graph, std::span<const double> coefficients, std::vector<bool>& live) {
  if (std::ssize(coefficients) != graph.slots) {
    throw Error("REQUEST_INVALID", "a candidate has " + std::to_string(coefficients.size()) +
                                       " mixing coefficients, the graph has " + std::to_string(graph.slots) +
                                       " slots");
  }
  for (size_t id = graph.nodes.size(); id-- > 0;) {
    if (!live[id]) continue;
    const Node& node = graph.nodes[id];
    for (size_t k = 0; k < node.inputs.size(); ++k) {
      if (node.op == Op::kMix && mix_coefficient(node, k, coefficients) == 0) continue;
      live[node.inputs[k]] = true;
    }
  }
}

}  // namespace

std::vector<bool> executed_nodes(const Graph& graph, std::span<const double> coefficients,
                                 std::span<const int32_t> heads) {
  std::vector<bool> live = roots(graph, heads);
  for (size_t id = 0; id < live.size(); ++id) {
    if (graph.nodes[id].op == Op::kMix) live[id] = true;
  }
  mark_inputs(graph, coefficients, live);
  return live;
}

std::vector<bool> contributing_nodes(const Graph& graph, std::span<const double> coefficients,
                                     std::span<const int32_t> heads) {
  std::vector<bool> live = roots(graph, heads);
  mark_inputs(graph, coefficients, live);
  return live;
}

std::vector<bool> nodes_below(const Graph& graph, std::span<const double> coefficients, int32_t node) {
  std::vector<bool> live(graph.nodes.size(), false);
  live[node] = true;
  mark_inputs(graph, coefficients, live);
  return live;
}

}  // namespace tenas
