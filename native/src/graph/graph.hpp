// The network graph as the engine sees it: decoded, validated, in topological order.
#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

namespace tenas {

/// Operations, in the order of their opcodes in the encoding.
enum class Op : int32_t {
  kInput = 0,
  kConv2d = 1,
  kBatchNorm = 2,
  kRelu = 3,
  kAvgPool2d = 4,
  kMaxPool2d = 5,
  kPad2d = 6,
  kMix = 7,
  kConcat = 8,
  kGlobalAvgPool = 9,
  kLinear = 10,
  kActivation = 11,
  kScale = 12,
  kSelectChannels = 13,
};

/// Functions of an activation node, in the order of the encoding.
enum class Activation : int32_t {
  kRelu6 = 0,
  kHardSwish = 1,
  kHardSigmoid = 2,
  kSigmoid = 3,
  kSwish = 4,
};

/// Parameter kinds, in the order of the encoding; the kind decides the initial distribution.
enum class ParamKind : int32_t {
  kConvWeight = 0,
  kLinearWeight = 1,
  kLinearBias = 2,
  kConvBias = 3,
  kBnWeight = 4,
  kBnBias = 5,
  kBnRunningMean = 6,
  kBnRunningVar = 7,
};

/// Shape of one sample's tensor.
struct Shape {
  int32_t c = 0, h = 0, w = 0;
  int64_t size() const { return int64_t{c} * h * w; }
  bool operator==(const Shape&) const = default;
};

/// One learnable tensor (or running statistic); `offset` counts values in the concatenation of all
/// parameters.
struct Param {
  ParamKind kind{};
  bool in_ntk = false;  // its name contains "weight": a column block of the Jacobian
  std::vector<int32_t> dims;
  uint64_t key = 0;  // FNV-1a 64 of the parameter's name: stream of the weight generator
  int64_t size = 0;
  int64_t offset = 0;
};

/// One operation. Fields that an op does not use keep their defaults.
struct Node {
  Op op{};
  Shape shape;                  // of the output, per sample
  std::vector<int32_t> inputs;  // ids of nodes, each smaller than this node's id
  std::vector<int32_t> slots;   // mix: coefficient slot of each input, or -1 for the constant 1
  int32_t weight = -1, bias = -1, running_mean = -1, running_var = -1;  // parameter ids
  int32_t kh = 1, kw = 1, sh = 1, sw = 1, ph = 0, pw = 0, dh = 1, dw = 1, groups = 1;
  bool count_include_pad = true;
  double eps = 1e-5;
  Activation function{};
  std::vector<int32_t> channels;  // selectChannels: input channel of each output channel, all different
  int32_t top = 0, bottom = 0, left = 0, right = 0;  // pad2d; negative values crop
};

/// Whether the elements of a node are neurons of linear regions and codes, on where they are positive. ReLU6
/// is one of them, by its sign alone, as in the code of NASWOT; smooth functions have no regions.
inline bool has_neurons(const Node& node) {
  return node.op == Op::kRelu || (node.op == Op::kActivation && node.function == Activation::kRelu6);
}

/// A validated network. Nodes are in topological order: every input id is smaller than the reader's.
struct Graph {
  std::vector<Node> nodes;
  std::vector<Param> params;
  int32_t slots = 0;  // length of a candidate's mixing coefficients
  int32_t input = 0;
  int32_t output = 0;
  int64_t param_values = 0;  // sum of all parameter sizes
};

/// Decodes and validates an encoded graph (format: see decode.cpp and ts/encode.ts).
/// Throws Error GRAPH_INVALID (naming the node or word) or GRAPH_TOO_LARGE.
Graph decode_graph(std::span<const int32_t> words);

/// Which nodes run for a candidate. Roots are the output and every mix node; an input of a mix runs iff its
/// coefficient is not 0; anything else runs iff something that runs reads it. `coefficients` has `slots`
/// values. `heads` are further roots.
std::vector<bool> executed_nodes(const Graph& graph, std::span<const double> coefficients,
                                 std::span<const int32_t> heads = {});

/// Which nodes the output and the heads depend on for a candidate (a subset of executed_nodes).
std::vector<bool> contributing_nodes(const Graph& graph, std::span<const double> coefficients,
                                     std::span<const int32_t> heads = {});

/// Which nodes one node depends on for a candidate, itself included.
std::vector<bool> nodes_below(const Graph& graph, std::span<const double> coefficients, int32_t node);

/// Coefficient of input k of a mix node for a candidate.
inline double mix_coefficient(const Node& mix, size_t k, std::span<const double> coefficients) {
  const int32_t slot = mix.slots[k];
  return slot < 0 ? 1.0 : coefficients[slot];
}

}  // namespace tenas
