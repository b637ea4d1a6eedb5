// Builds encoded graphs for tests, in the format that src/graph/decode.cpp describes.
#pragma once

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "graph/graph.hpp"

namespace tenas::test {

/// Height and width of a kernel, stride, padding or dilation.
using Pair = std::pair<int32_t, int32_t>;

struct ConvOptions {
  int32_t out = 1;
  Pair kernel{1, 1}, stride{1, 1}, padding{0, 0}, dilation{1, 1};
  int32_t groups = 1;
  bool bias = false;
};

struct NormOptions {
  bool scale = true, shift = true;
  double eps = 1e-5;
};

struct PoolOptions {
  Pair kernel{2, 2}, stride{1, 1}, padding{0, 0};
  bool count_include_pad = true;
};

struct MixTerm {
  int32_t input = 0;
  int32_t slot = -1;
};

/// An encoded graph and where its records begin, so that tests can spoil single words.
struct Encoded {
  std::vector<int32_t> words;
  std::vector<size_t> node_at, param_at;
};

/// Collects nodes and parameters; every method returns the id of the new node. Output shapes follow from the
/// inputs.
class GraphBuilder {
 public:
  int32_t input(Shape shape);
  int32_t conv(int32_t in, const ConvOptions& options);
  int32_t batch_norm(int32_t in, const NormOptions& options = {});
  int32_t relu(int32_t in);
  int32_t avg_pool(int32_t in, const PoolOptions& options);
  int32_t max_pool(int32_t in, const PoolOptions& options);
  int32_t pad(int32_t in, int32_t top, int32_t bottom, int32_t left, int32_t right);
  /// `shape` is needed where `terms` is empty.
  int32_t mix(const std::vector<MixTerm>& terms, Shape shape = {});
  int32_t concat(const std::vector<int32_t>& inputs);
  int32_t global_avg_pool(int32_t in);
  int32_t linear(int32_t in, int32_t out, bool bias = true);
  int32_t activation(int32_t in, Activation function);
  int32_t scale(int32_t in, int32_t factor);
  int32_t select(int32_t in, const std::vector<int32_t>& channels);
  /// A new mixing slot.
  int32_t slot() { return slots_++; }

  Shape shape(int32_t node) const { return shapes_[node]; }
  Encoded encode(int32_t output) const;
  Graph build(int32_t output) const;

 private:
  int32_t add(Op op, Shape shape, std::vector<int32_t> payload);
  int32_t param(ParamKind kind, std::vector<int32_t> dims);
  int32_t pool(Op op, int32_t in, const PoolOptions& options);

  std::vector<std::vector<int32_t>> nodes_, params_;
  std::vector<Shape> shapes_;
  int32_t slots_ = 0;
};

}  // namespace tenas::test
