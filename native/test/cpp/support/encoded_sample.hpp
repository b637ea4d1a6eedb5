// An encoded graph with operations of every kind, for tests that spoil it.
#pragma once

#include "support/graph_builder.hpp"

namespace tenas::test {

/// Nodes of the sample graph, one of every kind.
enum Id : size_t {
  kInputNode,
  kConv,
  kNorm,
  kReluNode,
  kAverage,
  kMaximum,
  kPad,
  kMixNode,
  kConcatNode,
  kGlobal,
  kLinearNode
};

/// Parameters of the sample graph.
enum ParamId : size_t { kConvW, kConvB, kScale, kShift, kMean, kVariance, kLinearW, kLinearB };

inline Encoded encoded_sample() {
  GraphBuilder b;
  const int32_t slot = b.slot();
  const int32_t in = b.input({4, 5, 5});
  const int32_t conv = b.conv(in, {.out = 6, .kernel = {3, 3}, .padding = {1, 1}, .groups = 2, .bias = true});
  const int32_t relu = b.relu(b.batch_norm(conv));
  const int32_t average = b.avg_pool(relu, {.kernel = {3, 3}, .padding = {1, 1}});
  const int32_t maximum = b.max_pool(average, {.kernel = {3, 3}, .padding = {1, 1}});
  const int32_t padded = b.pad(maximum, 1, -1, 0, 0);
  const int32_t mix = b.mix({{average, slot}, {padded, -1}});
  const int32_t concat = b.concat({mix, maximum});
  return b.encode(b.linear(b.global_avg_pool(concat), 3));
}

}  // namespace tenas::test
