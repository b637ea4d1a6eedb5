#include "train/optimiser.hpp"

#include <cmath>

#include "train/state.hpp"
#include "train/update_rule.hpp"

namespace tenas {
namespace {

/// One tensor's values and its part of the state.
struct Tensor {
  std::span<double> values, first, second;
  std::span<const double> gradient;  // empty: zeros

  double gradient_of(size_t i, double scale) const { return gradient.empty() ? 0.0 : scale * gradient[i]; }
};

void update(const UpdateRule& rule, const Tensor& tensor) {
  if (rule.kind != OptimiserKind::kSgd) {
    for (size_t i = 0; i < tensor.values.size(); ++i) {
      update_by_adam(rule, tensor.gradient_of(i, rule.scale), tensor.values[i], tensor.first[i],
                     tensor.second[i]);
    }
    return;
  }
  double none = 0;
  for (size_t i = 0; i < tensor.values.size(); ++i) {
    update_by_sgd(rule, tensor.gradient_of(i, rule.scale), tensor.values[i],
                  tensor.first.empty() ? none : tensor.first[i]);
  }
}

}  // namespace

ParameterSet touched_parameters(const Graph& graph, std::span<const double> coefficients,
                                std::span<const int32_t> heads) {
  const std::vector<bool> contributes = contributing_nodes(graph, coefficients, heads);
  ParameterSet touched(graph.params.size(), false);
  for (size_t v = 0; v < graph.nodes.size(); ++v) {
    if (!contributes[v]) continue;
    const Node& node = graph.nodes[v];
    if (node.weight >= 0) touched[node.weight] = true;
    if (node.bias >= 0) touched[node.bias] = true;
  }
  return touched;
}

double gradient_norm(const Graph& graph, const ParameterSet& parameters, std::span<const double> gradient) {
  double sum = 0;
  for (size_t id = 0; id < graph.params.size(); ++id) {
    if (!parameters[id]) continue;
    const Param& param = graph.params[id];
    for (int64_t i = param.offset; i < param.offset + param.size; ++i) {
      const double value = gradient[i];
      sum += value * value;
    }
  }
  return std::sqrt(sum);
}

ParameterSet updated_parameters(const Graph& graph, const Optimiser& optimiser, const ParameterSet& touched,
                                const TrainingState& state) {
  ParameterSet updated = trainable_parameters(graph);
  for (size_t id = 0; id < graph.params.size(); ++id) {
    const bool continues = optimiser.untouched == Untouched::kDecay && state.updates[id] > 0;
    if (!touched[id] && !continues) updated[id] = false;
  }
  return updated;
}

void update_parameters(const Graph& graph, const Optimiser& optimiser, const ParameterSet& touched,
                       std::span<const double> gradient, double scale, double learning_rate,
                       TrainingState& state) {
  const ParameterSet updated = updated_parameters(graph, optimiser, touched, state);
  for (size_t id = 0; id < graph.params.size(); ++id) {
    if (!updated[id]) continue;
    ++state.updates[id];
    const auto offset = graph.params[id].offset;
    const auto size = graph.params[id].size;
    const auto part = [&](std::vector<double>& values) {
      return values.empty() ? std::span<double>() : std::span(values).subspan(offset, size);
    };
    update(rule_of(optimiser, scale, learning_rate * optimiser.rate[id], optimiser.weight_decay[id],
                   state.updates[id]),
           Tensor{.values = part(state.values),
                  .first = part(state.first),
                  .second = part(state.second),
                  .gradient = touched[id] ? gradient.subspan(offset, size) : std::span<const double>()});
  }
}

}  // namespace tenas
