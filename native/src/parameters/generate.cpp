// Initial weights on the CPU: their distributions here, the arithmetic in values.hpp, vectors of it in
// blocks/.
#include <algorithm>
#include <cmath>

#include "parameters/blocks/blocks.hpp"
#include "parameters/init.hpp"

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
  static const WeightBlocks& blocks = *available_weight_blocks().front();
  const std::vector<Distribution> by_param = distributions(graph, init);
  for (size_t id = 0; id < graph.params.size(); ++id) {
    const Param& param = graph.params[id];
    const std::span<float> values = out.subspan(param.offset, param.size);
    switch (by_param[id].form) {
      case Form::kZero:
      case Form::kOne:
        std::fill(values.begin(), values.end(), by_param[id].form == Form::kOne ? 1.0f : 0.0f);
        break;
      case Form::kNormal:
      case Form::kUniform:
        blocks.fill(by_param[id], {seed, repeat, param.key}, values);
    }
  }
}

}  // namespace tenas
