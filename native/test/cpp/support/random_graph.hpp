// Random valid networks that use every operation in every way that decode_graph allows.
#pragma once

#include <cstdint>
#include <vector>

#include "support/graph_builder.hpp"
#include "support/random.hpp"

namespace tenas::test {

struct RandomLimits {
  int32_t steps = 12;       // operations before the classifier, at most
  int32_t channels = 4;     // of the input, at most; other nodes have up to three times as many
  int32_t size = 9;         // height and width of the input, at most
  double classifier = 0.8;  // chance to end in a global average pool and a linear layer
  int32_t heads = 0;  // further classifiers, with a batch norm and a ReLU, at any node; with a classifier
};

/// An encoded and a decoded network with mixing coefficients for it, some of them 0.
struct RandomNet {
  Encoded encoded;
  Graph graph;
  std::vector<double> coefficients;
  std::vector<int32_t> heads;  // nodes

  int64_t input_values() const { return graph.nodes[graph.input].shape.size(); }
  int64_t output_values() const { return graph.nodes[graph.output].shape.size(); }
};

/// Strides, dilations, groups, kernels that are not square, odd sizes down to 1x1, cropping, pooling over
/// borders, mixes with shared slots, constant terms or no terms, concatenation, nodes that nothing reads. All
/// tensors stay small.
RandomNet random_net(Random& random, const RandomLimits& limits = {});

}  // namespace tenas::test
