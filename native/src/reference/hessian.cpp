// The Hessian times a direction, by numbers that carry their derivatives through both passes.
#include "reference/readouts.hpp"

namespace tenas::reference {

std::vector<Dual> hessian_product(const Graph& graph, std::span<const double> coefficients,
                                  std::span<const double> weights, std::span<const double> direction,
                                  std::span<const double> input, std::span<const int32_t> labels,
                                  const CurvatureTask& task, double* loss) {
  std::vector<Dual> moving;
  for (size_t i = 0; i < weights.size(); ++i) moving.push_back({weights[i], direction[i]});
  const std::vector<Dual> images(input.begin(), input.end());
  const auto batch = static_cast<int32_t>(labels.size());
  const ActivationsOf<Dual> activations = forward(graph, coefficients, moving, images, batch);
  const DualLoss found = curvature_loss(task, activations.node[graph.output], labels);
  if (loss != nullptr) *loss = found.loss;
  return backward(graph, coefficients, moving, activations, found.gradient, batch).parameters;
}

CurvatureAnswer answer(const Problem& problem, const CurvatureTask& task) {
  const Graph& graph = problem.graph;
  const ParameterSet layers = layer_weights(graph);
  std::vector<double> direction(problem.weights.size(), 0.0);
  for (size_t id = 0; id < graph.params.size(); ++id) {
    const Param& param = graph.params[id];
    for (int64_t i = param.offset; layers[id] && i < param.offset + param.size; ++i) {
      direction[i] = problem.weights[i];
    }
  }
  const int64_t values = problem.batch * graph.nodes[graph.input].shape.size();
  double loss = 0;
  const std::vector<Dual> gradient =
      hessian_product(graph, problem.coefficients, problem.weights, direction, problem.inputs.first(values),
                      problem.labels.first(problem.batch), task, &loss);
  return curvature_answer(graph, loss, gradient);
}

}  // namespace tenas::reference
