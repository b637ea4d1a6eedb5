// Initial weights on the CPU; the arithmetic is in values.hpp.
#include <cmath>

#include "parameters/init.hpp"
#include "parameters/values.hpp"

namespace tenas {
namespace {

int64_t fan_in(const Param& param) {
  int64_t fan = 1;
  for (size_t i = 1; i < param.dims.size(); ++i) fan *= param.dims[i];
  return fan;
}

int64_t fan_out(const Param& param) {
  int64_t fan = param.dims[0];
  for (size_t i = 2; i < param.dims.size(); ++i) fan *= param.dims[i];
  return fan;
}

using Form = Distribution::Form;

/// `bias_fan` is the fan_in of the layer that a bias belongs to.
Distribution distribution(const Param& param, Init init, int64_t bias_fan) {
  switch (param.kind) {
    case ParamKind::kBnWeight:
    case ParamKind::kBnRunningVar:
      return {Form::kOne, 1};
    case ParamKind::kBnBias:
    case ParamKind::kBnRunningMean:
      return {Form::kZero, 0};
    case ParamKind::kConvBias:
    case ParamKind::kLinearBias:
      if (init != Init::kPytorch) return {Form::kZero, 0};
      return {Form::kUniform, 1.0 / std::sqrt(static_cast<double>(bias_fan))};
    case ParamKind::kConvWeight:
    case ParamKind::kLinearWeight:
      break;
  }
  if (init == Init::kPytorch) return {Form::kUniform, 1.0 / std::sqrt(static_cast<double>(fan_in(param)))};
  if (init == Init::kNormal) return {Form::kNormal, 1};
  const int64_t fan = init == Init::kKaimingFanIn ? fan_in(param) : fan_out(param);
  return {Form::kNormal, std::sqrt(2.0 / static_cast<double>(fan))};
}

}  // namespace

std::vector<Distribution> distributions(const Graph& graph, Init init) {
  // A bias takes the fan_in of its layer's weight.
  std::vector<int64_t> bias_fan(graph.params.size(), 1);
  for (const Node& node : graph.nodes) {
    if (node.bias >= 0 && node.weight >= 0) {
      bias_fan[node.bias] = fan_in(graph.params[node.weight]);
    }
  }
  std::vector<Distribution> found;
  for (size_t id = 0; id < graph.params.size(); ++id) {
    found.push_back(distribution(graph.params[id], init, bias_fan[id]));
  }
  return found;
}

void generate_weights(const Graph& graph, uint64_t seed, uint32_t repeat, Init init, std::span<float> out) {
  const std::vector<Distribution> by_param = distributions(graph, init);
  for (size_t id = 0; id < graph.params.size(); ++id) {
    const Param& param = graph.params[id];
    float* target = out.data() + param.offset;
    for (int64_t i = 0; i < param.size; i += 2) {
      float values[2];
      weight_pair(by_param[id], seed, repeat, param.key, static_cast<uint32_t>(i / 2), values);
      for (int64_t k = 0; k < 2 && i + k < param.size; ++k) target[i + k] = values[k];
    }
  }
}

}  // namespace tenas
