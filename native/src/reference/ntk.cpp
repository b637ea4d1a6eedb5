#include "graph/parameter_set.hpp"
#include "reference/reference.hpp"

namespace tenas::reference {
namespace {

/// What a forward pass found of one sample, as a batch of one. Its statistics stay those of the whole batch.
Activations of_sample(const Activations& all, int64_t sample, int64_t batch) {
  Activations own{{}, all.mean, all.inv_std};
  for (const std::vector<double>& values : all.node) {
    const int64_t size = std::ssize(values) / batch;
    own.node.emplace_back(values.begin() + sample * size, values.begin() + (sample + 1) * size);
  }
  return own;
}

/// The gradient of the sum of a sample's logits by all parameters.
std::vector<double> gradient_of_sample(const Graph& graph, std::span<const double> coefficients,
                                       std::span<const double> weights, const Activations& activations,
                                       int64_t sample, int32_t batch, NtkMode mode) {
  const int64_t outputs = graph.nodes[graph.output].shape.size();
  if (mode == NtkMode::kSample) {
    // Where statistics are constants, samples have nothing to do with each other.
    const std::vector<double> ones(outputs, 1.0);
    const Activations own = of_sample(activations, sample, batch);
    return backward(graph, coefficients, weights, own, ones, 1, GradientStatistics::kConstant).parameters;
  }
  std::vector<double> one(batch * outputs, 0.0);
  for (int64_t k = 0; k < outputs; ++k) one[sample * outputs + k] = 1.0;
  return backward(graph, coefficients, weights, activations, one, batch, GradientStatistics::kThrough)
      .parameters;
}

}  // namespace

std::vector<double> ntk(const Graph& graph, std::span<const double> coefficients,
                        std::span<const double> weights, std::span<const double> input, int32_t batch,
                        NtkMode mode, std::vector<double>* logits) {
  const Activations activations = forward(graph, coefficients, weights, input, batch, Statistics::kBatch);
  const int64_t n = batch;
  const ParameterSet columns = ntk_parameters(graph);
  std::vector<std::vector<double>> jacobian;
  for (int64_t i = 0; i < n; ++i) {
    const std::vector<double> gradient =
        gradient_of_sample(graph, coefficients, weights, activations, i, batch, mode);
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
