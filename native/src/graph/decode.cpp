// Decoding of the int32 graph encoding, version 1. The buffer is untrusted: nothing is allocated or indexed
// by a number from it before that number was checked, and all size arithmetic is 64-bit on factors that were
// bounded first.
//
// Header (8 words): magic "TENS", version, nodes, parameters, slots, input node, output node, length of the
// buffer. Node record: opcode, length of the record, C, H, W of the output, payload (see NodeDecoder).
// Parameter record (9 words): kind, in the NTK (0/1), number of dimensions, four dimensions (unused ones are
// 1), key low, key high.
#include <algorithm>
#include <bit>
#include <cmath>
#include <utility>

#include "graph/decode_param.hpp"
#include "graph/graph.hpp"

namespace tenas {
namespace {

using namespace decode;

constexpr int32_t kMagic = 0x544e4153;
constexpr int32_t kVersion = 1;
constexpr int64_t kHeaderWords = 8;
constexpr int64_t kNodeHeaderWords = 5;

constexpr const char* kOpNames[] = {"input",     "conv2d",     "batchNorm", "relu",          "avgPool2d",
                                    "maxPool2d", "pad2d",      "mix",       "concat",        "globalAvgPool",
                                    "linear",    "activation", "scale",     "selectChannels"};
constexpr int32_t kFunctions = 5;  // of an activation

/// Reads one node record; `graph` holds all parameters and the nodes before this one.
class NodeDecoder {
 public:
  NodeDecoder(const Graph& graph, std::vector<bool>& param_used, std::span<const int32_t> record, int64_t id)
      : graph_(graph), param_used_(param_used), record_(record), id_(id) {}

  Node decode() {
    const int32_t opcode = record_[0];
    if (opcode < 0 || opcode >= std::ssize(kOpNames))
      invalid("node " + text(id_) + " has unknown opcode " + text(opcode));
    what_ = "node " + text(id_) + " (" + kOpNames[opcode] + ")";
    node_.op = static_cast<Op>(opcode);
    node_.shape = {record_[2], record_[3], record_[4]};
    check_range(what_ + ": channels", node_.shape.c, 1, kMaxDim);
    check_range(what_ + ": height", node_.shape.h, 1, kMaxDim);
    check_range(what_ + ": width", node_.shape.w, 1, kMaxDim);
    const int64_t plane = bounded_product(what_, node_.shape.h, node_.shape.w);
    bounded_product(what_, plane, node_.shape.c);
    decode_payload();
    if (at_ != std::ssize(record_)) {
      invalid(what_ + ": the record has " + text(std::ssize(record_)) + " words, " + text(at_) +
              " are needed");
    }
    return std::move(node_);
  }

 private:
  int32_t take(const char* field) {
    if (at_ >= std::ssize(record_)) invalid(what_ + ": the record ends before '" + field + "'");
    return record_[at_++];
  }

  int32_t take_in_range(const char* field, int64_t lowest, int64_t highest) {
    const int32_t value = take(field);
    check_range(what_ + ": " + field, value, lowest, highest);
    return value;
  }

  Shape take_input() {
    const int32_t input = take("input");
    if (input < 0 || input >= id_) {
      invalid(what_ + " reads node " + text(input) + ", but may only read nodes 0 to " + text(id_ - 1));
    }
    node_.inputs.push_back(input);
    return graph_.nodes[input].shape;
  }

  int32_t take_param(const char* field, bool optional, ParamKind kind, const std::vector<int32_t>& dims) {
    const int32_t id = take(field);
    if (optional && id == -1) return -1;
    if (id < 0 || id >= std::ssize(graph_.params))
      invalid(what_ + ": " + field + " is parameter " + text(id) + ", which does not exist");
    const Param& param = graph_.params[id];
    const std::string name = what_ + ": " + field + " (parameter " + text(id) + ")";
    if (param.kind != kind) invalid(name + " has kind " + kind_name(param.kind) + ", not " + kind_name(kind));
    if (param.dims != dims)
      invalid(name + " has shape " + dims_text(param.dims) + ", not " + dims_text(dims));
    if (param_used_[id]) invalid(name + " is already used by a node");
    param_used_[id] = true;
    return id;
  }

  void expect_shape(const Shape& expected) const {
    if (node_.shape != expected)
      invalid(what_ + " has shape " + text(node_.shape) + ", but its inputs give " + text(expected));
  }

  void take_window() {
    node_.kh = take_in_range("kernel height", 1, kMaxWindow);
    node_.kw = take_in_range("kernel width", 1, kMaxWindow);
    node_.sh = take_in_range("stride height", 1, kMaxWindow);
    node_.sw = take_in_range("stride width", 1, kMaxWindow);
    node_.ph = take_in_range("padding height", 0, kMaxWindow);
    node_.pw = take_in_range("padding width", 0, kMaxWindow);
  }

  int32_t window_count(const char* axis, int64_t size, int64_t kernel, int64_t stride, int64_t padding,
                       int64_t dilation) const {
    const int64_t room = size + 2 * padding - dilation * (kernel - 1) - 1;
    if (room < 0)
      invalid(what_ + ": the window is larger than the padded " + axis + " of " + text(size + 2 * padding));
    return static_cast<int32_t>(room / stride + 1);
  }

  Shape window_output(const Shape& in, int32_t channels) const {
    return {channels, window_count("height", in.h, node_.kh, node_.sh, node_.ph, node_.dh),
            window_count("width", in.w, node_.kw, node_.sw, node_.pw, node_.dw)};
  }

  void decode_conv() {
    const Shape in = take_input();
    const int64_t params_at = at_;
    at_ = std::min<int64_t>(
        at_ + 2,
        std::ssize(record_));  // the parameters' shapes depend on the window, which comes after them
    take_window();
    node_.dh = take_in_range("dilation height", 1, kMaxWindow);
    node_.dw = take_in_range("dilation width", 1, kMaxWindow);
    node_.groups = take_in_range("groups", 1, kMaxDim);
    const int64_t end = std::exchange(at_, params_at);
    const int32_t out = node_.shape.c;
    if (in.c % node_.groups != 0 || out % node_.groups != 0) {
      invalid(what_ + ": " + text(node_.groups) + " groups do not divide " + text(in.c) + " and " +
              text(out) + " channels");
    }
    node_.weight =
        take_param("weight", false, ParamKind::kConvWeight, {out, in.c / node_.groups, node_.kh, node_.kw});
    node_.bias = take_param("bias", true, ParamKind::kConvBias, {out});
    at_ = end;
    expect_shape(window_output(in, out));
  }

  void decode_batch_norm() {
    const Shape in = take_input();
    node_.weight = take_param("weight", true, ParamKind::kBnWeight, {in.c});
    node_.bias = take_param("bias", true, ParamKind::kBnBias, {in.c});
    node_.running_mean = take_param("running mean", false, ParamKind::kBnRunningMean, {in.c});
    node_.running_var = take_param("running variance", false, ParamKind::kBnRunningVar, {in.c});
    const auto low = static_cast<uint64_t>(static_cast<uint32_t>(take("eps")));
    const auto high = static_cast<uint64_t>(static_cast<uint32_t>(take("eps")));
    node_.eps = std::bit_cast<double>(high << 32 | low);
    if (!std::isfinite(node_.eps) || node_.eps <= 0) invalid(what_ + ": eps is not a positive finite number");
    expect_shape(in);
  }

  void decode_pool() {
    const Shape in = take_input();
    take_window();
    // Beyond half the kernel a window could lie outside the image altogether: an average or maximum of
    // nothing.
    if (node_.ph > node_.kh / 2 || node_.pw > node_.kw / 2)
      invalid(what_ + ": the padding exceeds half the kernel");
    if (node_.op == Op::kAvgPool2d) {
      const int32_t flag = take("countIncludePad");
      if (flag != 0 && flag != 1) invalid(what_ + ": countIncludePad is " + text(flag) + ", not 0 or 1");
      node_.count_include_pad = flag == 1;
    }
    expect_shape(window_output(in, in.c));
  }

  int32_t take_pad(const char* field) {
    const int32_t value = take(field);
    if (value > kMaxDim || value < -kMaxDim)
      too_large(what_ + ": " + field + " is " + text(value) + ", the limit is " + text(kMaxDim));
    return value;
  }

  void decode_pad() {
    const Shape in = take_input();
    node_.top = take_pad("top");
    node_.bottom = take_pad("bottom");
    node_.left = take_pad("left");
    node_.right = take_pad("right");
    expect_shape({in.c, in.h + node_.top + node_.bottom, in.w + node_.left + node_.right});
  }

  /// Number of entries of a list, each `words` long; no more than the record has room for.
  int64_t take_count(const char* what, int64_t lowest, int64_t words) {
    const int64_t count = take(what);
    if (count < lowest || count > (std::ssize(record_) - at_) / words) {
      invalid(what_ + ": " + text(count) + " " + what + " do not fit a record of " +
              text(std::ssize(record_)) + " words");
    }
    return count;
  }

  void decode_mix() {
    for (int64_t k = take_count("inputs", 0, 2); k > 0; --k) {
      const Shape in = take_input();
      const int32_t slot = take("slot");
      if (slot < -1 || slot >= graph_.slots) invalid(what_ + ": slot " + text(slot) + " does not exist");
      node_.slots.push_back(slot);
      expect_shape(in);
    }
  }

  void decode_concat() {
    int64_t channels = 0;
    for (int64_t k = take_count("inputs", 1, 1); k > 0; --k) {
      const Shape in = take_input();
      channels += in.c;
      if (channels > kMaxDim) too_large(what_ + ": channels exceed the limit of " + text(kMaxDim));
      if (in.h != node_.shape.h || in.w != node_.shape.w) {
        invalid(what_ + " has shape " + text(node_.shape) + ", but reads a node of shape " + text(in));
      }
    }
    expect_shape({static_cast<int32_t>(channels), node_.shape.h, node_.shape.w});
  }

  void decode_linear() {
    const Shape in = take_input();
    if (in.h != 1 || in.w != 1) invalid(what_ + " needs an input of shape [F,1,1], not " + text(in));
    const int32_t out = node_.shape.c;
    node_.weight = take_param("weight", false, ParamKind::kLinearWeight, {out, in.c});
    node_.bias = take_param("bias", true, ParamKind::kLinearBias, {out});
    expect_shape({out, 1, 1});
  }

  void decode_activation() {
    const Shape in = take_input();
    const int32_t function = take("function");
    if (function < 0 || function >= kFunctions) invalid(what_ + " has unknown function " + text(function));
    node_.function = static_cast<Activation>(function);
    expect_shape(in);
  }

  void decode_scale() {
    const Shape in = take_input(), factor = take_input();
    if (factor != Shape{in.c, 1, 1}) {
      invalid(what_ + " needs a factor of shape " + text(Shape{in.c, 1, 1}) + ", not " + text(factor));
    }
    expect_shape(in);
  }

  void decode_select_channels() {
    const Shape in = take_input();
    const int64_t count = take_count("channels", 1, 1);
    if (count > in.c) invalid(what_ + " takes " + text(count) + " channels of " + text(in.c));
    std::vector<bool> taken(in.c, false);
    for (int64_t k = 0; k < count; ++k) {
      const int32_t channel = take("channel");
      if (channel < 0 || channel >= in.c) {
        invalid(what_ + " takes channel " + text(channel) + ", its input has channels 0 to " +
                text(in.c - 1));
      }
      if (taken[channel]) invalid(what_ + " takes channel " + text(channel) + " twice");
      taken[channel] = true;
      node_.channels.push_back(channel);
    }
    expect_shape({static_cast<int32_t>(count), in.h, in.w});
  }

  void decode_payload() {
    switch (node_.op) {
      case Op::kInput:
        return;
      case Op::kConv2d:
        return decode_conv();
      case Op::kBatchNorm:
        return decode_batch_norm();
      case Op::kRelu:
        return expect_shape(take_input());
      case Op::kAvgPool2d:
      case Op::kMaxPool2d:
        return decode_pool();
      case Op::kPad2d:
        return decode_pad();
      case Op::kMix:
        return decode_mix();
      case Op::kConcat:
        return decode_concat();
      case Op::kGlobalAvgPool:
        return expect_shape({take_input().c, 1, 1});
      case Op::kLinear:
        return decode_linear();
      case Op::kActivation:
        return decode_activation();
      case Op::kScale:
        return decode_scale();
      case Op::kSelectChannels:
        return decode_select_channels();
    }
  }

  const Graph& graph_;
  std::vector<bool>& param_used_;
  std::span<const int32_t> record_;
  int64_t id_;
  int64_t at_ = kNodeHeaderWords;
  Node node_;
  std::string what_;
};

void decode_params(std::span<const int32_t> words, Graph& graph) {
  const int64_t count = std::ssize(words) / kParamWords;
  graph.params.reserve(count);
  std::vector<uint64_t> keys;
  for (int64_t id = 0; id < count; ++id) {
    Param param = decode_param(words.subspan(id * kParamWords, kParamWords), id);
    param.offset = graph.param_values;
    graph.param_values += param.size;
    if (graph.param_values > kMaxTotal)
      too_large("the parameters hold more than " + text(kMaxTotal) + " values");
    keys.push_back(param.key);
    graph.params.push_back(std::move(param));
  }
  // The key selects the stream of initial values: equal keys would give equal weights.
  std::sort(keys.begin(), keys.end());
  if (std::adjacent_find(keys.begin(), keys.end()) != keys.end()) invalid("two parameters have the same key");
}

/// Finds the node records: their spans, and the word where the parameters begin.
std::vector<std::span<const int32_t>> split_nodes(std::span<const int32_t> words, int64_t count) {
  std::vector<std::span<const int32_t>> records;
  records.reserve(count);
  auto rest = words;
  for (int64_t id = 0; id < count; ++id) {
    const int64_t length = std::ssize(rest) < kNodeHeaderWords ? 0 : rest[1];
    if (length < kNodeHeaderWords || length > std::ssize(rest)) {
      invalid("node " + text(id) + ": the record of " + text(length) + " words does not fit the " +
              text(std::ssize(rest)) + " words left for nodes");
    }
    records.push_back(rest.first(length));
    rest = rest.subspan(length);
  }
  if (!rest.empty()) invalid(text(std::ssize(rest)) + " words are left over after the last node");
  return records;
}

int32_t node_index(const char* what, int32_t id, int64_t nodes) {
  if (id < 0 || id >= nodes)
    invalid(std::string("the ") + what + " is node " + text(id) + ", which does not exist");
  return id;
}

}  // namespace

Graph decode_graph(std::span<const int32_t> words) {
  if (std::ssize(words) < kHeaderWords)
    invalid("the buffer of " + text(std::ssize(words)) + " words has no complete header");
  if (words[0] != kMagic) invalid("the buffer does not begin with the magic number of an encoded graph");
  if (words[1] != kVersion)
    invalid("encoding version " + text(words[1]) + " is not supported, " + text(kVersion) + " is");
  if (words[7] != std::ssize(words))
    invalid("the buffer has " + text(std::ssize(words)) + " words, its header says " + text(words[7]));
  const int64_t nodes = words[2];
  const int64_t params = words[3];
  check_range("the number of nodes", nodes, 1, kMaxNodes);
  check_range("the number of slots", words[4], 0, kMaxSlots);
  const int64_t body = std::ssize(words) - kHeaderWords;
  if (params < 0 || params > body / kParamWords) invalid(text(params) + " parameters do not fit the buffer");

  Graph graph;
  graph.slots = words[4];
  graph.input = node_index("input", words[5], nodes);
  graph.output = node_index("output", words[6], nodes);
  const size_t node_words = body - params * kParamWords;
  const auto records = split_nodes(words.subspan(kHeaderWords, node_words), nodes);
  decode_params(words.subspan(kHeaderWords + node_words), graph);

  graph.nodes.reserve(records.size());
  std::vector<bool> param_used(graph.params.size(), false);
  int64_t activations = 0;
  for (int64_t id = 0; id < nodes; ++id) {
    Node node = NodeDecoder(graph, param_used, records[id], id).decode();
    if ((node.op == Op::kInput) != (id == graph.input)) {
      invalid("node " + text(id) + ": the graph's input, and no other node, must be an input node");
    }
    activations += node.shape.size();
    if (activations > kMaxTotal)
      too_large("the nodes hold more than " + text(kMaxTotal) + " values per sample");
    graph.nodes.push_back(std::move(node));
  }
  return graph;
}

}  // namespace tenas
