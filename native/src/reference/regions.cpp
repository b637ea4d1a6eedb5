#include <set>

#include "reference/reference.hpp"

namespace tenas::reference {

RegionsAnswer regions(const Graph& graph, std::span<const double> coefficients,
                      std::span<const double> weights, std::span<const double> input, int32_t batches,
                      int32_t batch) {
  const std::vector<bool> runs = executed_nodes(graph, coefficients);
  const size_t batch_values = input.size() / static_cast<size_t>(batches);
  std::set<std::vector<bool>> patterns;
  RegionsAnswer result;
  for (int32_t b = 0; b < batches; ++b) {
    const Activations activations = forward(
        graph, coefficients, weights, input.subspan(static_cast<size_t>(b) * batch_values, batch_values),
        batch, Statistics::kBatch);
    for (int32_t n = 0; n < batch; ++n) {
      std::vector<bool> pattern;
      int32_t active = 0;
      for (size_t v = 0; v < graph.nodes.size(); ++v) {
        if (!runs[v] || graph.nodes[v].op != Op::kRelu) continue;
        const auto size = static_cast<size_t>(graph.nodes[v].shape.size());
        for (size_t i = 0; i < size; ++i) {
          const bool on = activations.node[v][static_cast<size_t>(n) * size + i] > 0;
          pattern.push_back(on);
          active += on ? 1 : 0;
        }
      }
      result.neurons = static_cast<int64_t>(pattern.size());
      result.popcounts.push_back(active);
      patterns.insert(std::move(pattern));
    }
  }
  result.regions = static_cast<int64_t>(patterns.size());
  return result;
}

}  // namespace tenas::reference
