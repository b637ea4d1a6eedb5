#include "train/optimiser.hpp"

#include <cmath>

#include "train/state.hpp"

namespace tenas {
namespace {

/// One tensor's values, its part of the state, and how it is updated.
struct Tensor {
  std::span<double> values, first, second;
  std::span<const double> gradient;  // empty: zeros
  double scale, rate, decay;
  int64_t updates;  // this one included

  double gradient_of(size_t i) const { return gradient.empty() ? 0.0 : scale * gradient[i]; }
};

void update(const Optimiser& optimiser, const Tensor& tensor) {
  if (optimiser.kind == OptimiserKind::kSgd) {
    for (size_t i = 0; i < tensor.values.size(); ++i) {
      double step = tensor.gradient_of(i) + tensor.decay * tensor.values[i];
      if (optimiser.momentum > 0) {
        double& velocity = tensor.first[i];
        velocity = tensor.updates == 1 ? step : optimiser.momentum * velocity + step;
        step = optimiser.nesterov ? step + optimiser.momentum * velocity : velocity;
      }
      tensor.values[i] -= tensor.rate * step;
    }
    return;
  }
  const bool apart = optimiser.kind == OptimiserKind::kAdamW;
  const auto count = static_cast<double>(tensor.updates);
  const double step_size = tensor.rate / (1 - std::pow(optimiser.beta1, count));
  const double correction = std::sqrt(1 - std::pow(optimiser.beta2, count));
  for (size_t i = 0; i < tensor.values.size(); ++i) {
    double& value = tensor.values[i];
    double gradient = tensor.gradient_of(i);
    if (apart) {
      value *= 1 - tensor.rate * tensor.decay;
    } else {
      gradient += tensor.decay * value;
    }
    double &mean = tensor.first[i], &square = tensor.second[i];
    mean = optimiser.beta1 * mean + (1 - optimiser.beta1) * gradient;
    square = optimiser.beta2 * square + (1 - optimiser.beta2) * gradient * gradient;
    value -= step_size * mean / (std::sqrt(square) / correction + optimiser.eps);
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

void update_parameters(const Graph& graph, const Optimiser& optimiser, const ParameterSet& touched,
                       std::span<const double> gradient, double scale, double learning_rate,
                       TrainingState& state) {
  const ParameterSet trainable = trainable_parameters(graph);
  for (size_t id = 0; id < graph.params.size(); ++id) {
    const bool continues = optimiser.untouched == Untouched::kDecay && state.updates[id] > 0;
    if (!trainable[id] || (!touched[id] && !continues)) continue;
    ++state.updates[id];
    const auto offset = graph.params[id].offset;
    const auto size = graph.params[id].size;
    const auto part = [&](std::vector<double>& values) {
      return values.empty() ? std::span<double>() : std::span(values).subspan(offset, size);
    };
    update(optimiser,
           Tensor{.values = part(state.values),
                  .first = part(state.first),
                  .second = part(state.second),
                  .gradient = touched[id] ? gradient.subspan(offset, size) : std::span<const double>(),
                  .scale = scale,
                  .rate = learning_rate * optimiser.rate[id],
                  .decay = optimiser.weight_decay[id],
                  .updates = state.updates[id]});
  }
}

}  // namespace tenas
