// Initial weights as a pure function of (seed, repeat, parameter name).
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "graph/graph.hpp"

namespace tenas {

/// Initialisation schemes. Kaiming normal: convolution and linear weights ~ N(0, 2 / fan), biases 0, as in He
/// et al. 2015 with `fan` = fan_in or fan_out by PyTorch's definition (fan_in = in/groups * kh * kw, fan_out
/// = out * kh * kw). pytorch: torch.nn's default, uniform on +-1/sqrt(fan_in) for convolution and linear
/// weights and their biases. normal: those weights ~ N(0, 1), biases 0. Batch norm: scale 1, shift 0, running
/// mean 0, running variance 1 in every scheme.
enum class Init : int32_t { kKaimingFanIn = 0, kKaimingFanOut = 1, kPytorch = 2, kNormal = 3 };

/// Initial distribution of one parameter; `scale` is the deviation, or half the width.
struct Distribution {
  enum class Form : int32_t { kZero, kOne, kNormal, kUniform };
  Form form = Form::kZero;
  double scale = 0;
};

/// The distribution of every parameter, by id.
std::vector<Distribution> distributions(const Graph& graph, Init init);

/// Fills `out` (graph.param_values values) with the weights of (seed, repeat). Bit-identical on every
/// machine, thread count and set of live nodes: each value depends on (seed, repeat, parameter key, index)
/// only.
void generate_weights(const Graph& graph, uint64_t seed, uint32_t repeat, Init init, std::span<float> out);

}  // namespace tenas
