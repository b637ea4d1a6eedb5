#include "graph/equal_channels.hpp"

#include <map>

namespace tenas {
namespace {

/// What decides a channel's values.
using Origin = std::vector<int32_t>;

/// Classes of channels of the same origin, numbered as they come.
ChannelClasses classes_by_origin(const std::vector<Origin>& origins) {
  ChannelClasses classes;
  std::map<Origin, int32_t> numbers;
  for (int32_t c = 0; c < std::ssize(origins); ++c) {
    const auto [place, is_new] = numbers.try_emplace(origins[c], classes.count());
    if (is_new) classes.channel.push_back(c);
    classes.of.push_back(place->second);
  }
  return classes;
}

std::vector<Origin> origins_of(const Graph& graph, int32_t id, std::span<const double> coefficients,
                               const std::vector<ChannelClasses>& known) {
  const Node& node = graph.nodes[id];
  std::vector<Origin> origins(node.shape.c);
  switch (node.op) {
    case Op::kInput:
      for (int32_t c = 0; c < node.shape.c; ++c) origins[c] = {c};
      break;
    case Op::kConv2d:
    case Op::kLinear: {
      const int32_t inputs = graph.nodes[node.inputs[0]].shape.c / node.groups;
      const int32_t outputs = node.shape.c / node.groups;
      for (int32_t c = 0; c < node.shape.c; ++c) {
        origins[c] = class_counts(known[node.inputs[0]], c / outputs * inputs, inputs);
      }
      break;
    }
    case Op::kConcat: {
      int32_t c = 0;
      for (const int32_t input : node.inputs) {
        for (const int32_t own : known[input].of) origins[c++] = {input, own};
      }
      break;
    }
    case Op::kSelectChannels:
      for (int32_t c = 0; c < node.shape.c; ++c) origins[c] = {known[node.inputs[0]].of[node.channels[c]]};
      break;
    case Op::kScale:
      for (int32_t c = 0; c < node.shape.c; ++c) {
        origins[c] = {known[node.inputs[0]].of[c], known[node.inputs[1]].of[c]};
      }
      break;
    case Op::kMix:
      for (size_t k = 0; k < node.inputs.size(); ++k) {
        if (mix_coefficient(node, k, coefficients) == 0) continue;
        for (int32_t c = 0; c < node.shape.c; ++c) origins[c].push_back(known[node.inputs[k]].of[c]);
      }
      break;
    default:
      for (int32_t c = 0; c < node.shape.c; ++c) origins[c] = {known[node.inputs[0]].of[c]};
  }
  return origins;
}

}  // namespace

std::vector<int32_t> class_counts(const ChannelClasses& classes, int32_t first, int32_t channels) {
  std::vector<int32_t> counts(classes.count(), 0);
  for (int32_t c = first; c < first + channels; ++c) ++counts[classes.of[c]];
  return counts;
}

std::vector<ChannelClasses> equal_channels(const Graph& graph, std::span<const double> coefficients,
                                           const std::vector<bool>& live) {
  std::vector<ChannelClasses> known(graph.nodes.size());
  for (int32_t id = 0; id < std::ssize(graph.nodes); ++id) {
    if (live[id]) known[id] = classes_by_origin(origins_of(graph, id, coefficients, known));
  }
  return known;
}

}  // namespace tenas
