#include <set>

#include "reference/reference.hpp"

namespace tenas::reference {

RegionsAnswer regions(const Graph& graph, std::span<const double> coefficients,
                      std::span<const double> weights, std::span<const double> input, int32_t batches,
                      int32_t batch) {
  const std::vector<bool> runs = executed_nodes(graph, coefficients);
  const size_t batch_values = input.size() / batches;
  std::set<std::vector<bool>> patterns;
  RegionsAnswer result;
  for (int32_t b = 0; b < batches; ++b) {
    const Activations activations =
        forward(graph, coefficients, weights, input.subspan(b * batch_values, batch_values), batch,
                Statistics::kBatch);
    for (int32_t n = 0; n < batch; ++n) {
      std::vector<bool> pattern;
      int32_t active = 0;
      for (size_t v = 0; v < graph.nodes.size(); ++v) {
        if (!runs[v] || !has_neurons(graph.nodes[v])) continue;
        const int64_t size = graph.nodes[v].shape.size();
        for (int64_t i = 0; i < size; ++i) {
          const bool on = activations.node[v][n * size + i] > 0;
          pattern.push_back(on);
          active += on ? 1 : 0;
        }
      }
      result.neurons = std::ssize(pattern);
      result.popcounts.push_back(active);
      patterns.insert(std::move(pattern));
    }
  }
  result.regions = std::ssize(patterns);
  return result;
}

}  // namespace tenas::reference
