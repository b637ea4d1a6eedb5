#include "tasks/curvature.hpp"

#include <algorithm>

namespace tenas {

ParameterSet layer_weights(const Graph& graph) {
  ParameterSet set(graph.params.size(), false);
  for (const Node& node : graph.nodes) {
    if (node.op == Op::kConv2d || node.op == Op::kLinear) set[node.weight] = true;
  }
  return set;
}

DualLoss curvature_loss(const CurvatureTask& task, std::span<const Dual> logits,
                        std::span<const int32_t> labels) {
  const int64_t samples = std::ssize(labels), outputs = std::ssize(logits) / samples;
  const double share = 1.0 / static_cast<double>(samples);
  DualLoss found;
  for (int64_t n = 0; n < samples; ++n) {
    std::vector<Dual> row;
    for (const Dual& logit : logits.subspan(n * outputs, outputs)) row.push_back(logit / task.temperature);
    const double largest = std::max_element(row.begin(), row.end())->value;
    Dual sum;
    for (const Dual& logit : row) sum += exp(logit - largest);
    const Dual log_sum = log(sum) + largest;
    found.loss += share * (log_sum - row[labels[n]]).value;
    for (int64_t k = 0; k < outputs; ++k) {
      const double target = labels[n] == k ? 1 : 0;
      found.gradient.push_back((exp(row[k] - log_sum) - target) * (share / task.temperature));
    }
  }
  return found;
}

CurvatureAnswer curvature_answer(const Graph& graph, double loss, std::span<const Dual> gradient) {
  const ParameterSet layers = layer_weights(graph);
  CurvatureAnswer answer{loss, std::vector<double>(graph.params.size(), 0.0)};
  for (size_t id = 0; id < graph.params.size(); ++id) {
    if (!layers[id]) continue;
    const Param& param = graph.params[id];
    for (const Dual& entry : gradient.subspan(param.offset, param.size)) {
      answer.products[id] += entry.value * entry.derivative;
    }
  }
  return answer;
}

}  // namespace tenas
