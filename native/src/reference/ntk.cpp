#include "graph/parameter_set.hpp"
#include "reference/reference.hpp"

namespace tenas::reference {

std::vector<double> ntk(const Graph& graph, std::span<const double> coefficients,
                        std::span<const double> weights, std::span<const double> input, int32_t batch,
                        NtkMode mode, std::vector<double>* logits) {
  const Activations activations = forward(graph, coefficients, weights, input, batch, Statistics::kBatch);
  const int64_t n = batch;
  const int64_t outputs = graph.nodes[graph.output].shape.size();
  const ParameterSet columns = ntk_parameters(graph);
  std::vector<std::vector<double>> jacobian;
  for (int64_t i = 0; i < n; ++i) {
    std::vector<double> one(n * outputs, 0.0);
    for (int64_t k = 0; k < outputs; ++k) one[i * outputs + k] = 1.0;
    const auto statistics =
        mode == NtkMode::kBatch ? GradientStatistics::kThrough : GradientStatistics::kConstant;
    const std::vector<double> gradient =
        backward(graph, coefficients, weights, activations, one, batch, statistics).parameters;
    std::vector<double> row;
    for (size_t id = 0; id < graph.params.size(); ++id) {
      const Param& param = graph.params[id];
      if (!columns[id]) continue;
      row.insert(row.end(), gradient.begin() + param.offset, gradient.begin() + param.offset + param.size);
    }
    jacobian.push_back(std::move(row));
  }
  std::vector<double> kernel(n * n);
  for (int64_t i = 0; i < n; ++i) {
    for (int64_t j = 0; j < n; ++j) {
      double sum = 0;
      for (size_t p = 0; p < jacobian[i].size(); ++p) sum += jacobian[i][p] * jacobian[j][p];
      kernel[i * n + j] = sum;
    }
  }
  if (logits) *logits = activations.node[graph.output];
  return kernel;
}

}  // namespace tenas::reference
