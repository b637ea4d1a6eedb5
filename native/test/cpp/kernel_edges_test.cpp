// Single operations at the edges of the kernels' register tiles and lane blocks.
#include <doctest/doctest.h>

#include "support/compare.hpp"
#include "support/graph_builder.hpp"

using namespace tenas;
using namespace tenas::test;

namespace {

/// All ISAs and the double build on one graph; tolerances as for a single layer with signed numbers.
void check(const Graph& graph, int32_t batch, uint64_t seed) {
  Random random(seed);
  const Sample sample(graph, random, batch);
  const auto weights = sample.weights64(), inputs = sample.inputs64();
  std::vector<double> kernels[2], logits;
  for (const NtkMode mode : {NtkMode::kBatch, NtkMode::kSample}) {
    kernels[static_cast<int32_t>(mode)] = reference::ntk(graph, {}, weights, inputs, batch, mode, &logits);
  }
  auto isas = engine::available_isas();
  isas.push_back("double");
  for (const std::string_view isa : isas) {
    CAPTURE(isa);
    const double tolerance = isa == "double" ? 1e-9 : 3e-5;
    Compiled fast(graph, isa), forward(graph, isa, engine::Purpose::kForward);
    const auto alone = forward.forward(sample, {}, Statistics::kBatch);
    CHECK(relative_error(alone, logits) < std::max(tolerance, 1.2e-7));
    for (const NtkMode mode : {NtkMode::kBatch, NtkMode::kSample}) {
      CAPTURE(static_cast<int>(mode));
      const NtkAnswer found = fast.ntk(sample, {}, mode);
      CHECK(relative_error(found.kernel, kernels[static_cast<int32_t>(mode)]) < tolerance);
      CHECK(relative_error(found.logits, logits) < std::max(tolerance, 1.2e-7));
    }
  }
}

}  // namespace

TEST_CASE("every tile of output channels and of pixels") {
  for (int32_t channels = 1; channels <= 9; ++channels) {
    for (int32_t width = 1; width <= 19; ++width) {
      CAPTURE(channels);
      CAPTURE(width);
      GraphBuilder b;
      const int32_t stem = b.conv(b.input({1, 2, width}), {.out = 2, .kernel = {1, 3}, .padding = {0, 1}});
      const int32_t conv =
          b.conv(stem, {.out = channels, .kernel = {1, 3}, .padding = {0, 1}, .bias = width % 2 == 0});
      check(b.build(conv), 3, static_cast<uint64_t>(channels * 100 + width));
    }
  }
}

TEST_CASE("every tile of input channels and of weight columns") {
  for (int32_t channels = 1; channels <= 9; ++channels) {
    for (const Pair& kernel : {Pair{1, 1}, Pair{1, 2}, Pair{3, 3}, Pair{5, 3}}) {
      CAPTURE(channels);
      CAPTURE(kernel.first);
      GraphBuilder b;
      const int32_t stem = b.conv(b.input({1, 3, 5}), {.out = channels});
      const int32_t conv =
          b.conv(stem, {.out = 3, .kernel = kernel, .padding = {kernel.first / 2, kernel.second / 2}});
      check(b.build(conv), 2, static_cast<uint64_t>(channels));
    }
  }
}

TEST_CASE("strided and dilated convolutions on maps of every small size") {
  for (int32_t size = 1; size <= 9; ++size) {
    for (const int32_t stride : {1, 2, 3}) {
      for (const int32_t dilation : {1, 2}) {
        CAPTURE(size);
        CAPTURE(stride);
        CAPTURE(dilation);
        GraphBuilder b;
        const int32_t stem = b.conv(b.input({2, size, 10 - size}), {.out = 4});
        const int32_t conv = b.conv(stem, {.out = 4,
                                           .kernel = {3, 3},
                                           .stride = {stride, stride},
                                           .padding = {dilation, dilation},
                                           .dilation = {dilation, dilation},
                                           .groups = size % 2 == 0 ? 4 : 1});
        check(b.build(conv), 3, static_cast<uint64_t>(size * 10 + stride));
      }
    }
  }
}

TEST_CASE("batches that leave lanes empty, from one sample to beyond two blocks") {
  GraphBuilder b;
  int32_t node = b.conv(b.input({2, 3, 3}), {.out = 3, .kernel = {3, 3}, .padding = {1, 1}});
  node = b.conv(b.relu(b.batch_norm(node)), {.out = 2});
  node = b.batch_norm(b.max_pool(node, {.kernel = {3, 3}, .stride = {2, 2}, .padding = {1, 1}}));
  const Graph graph = b.build(b.linear(b.global_avg_pool(node), 3));
  for (int32_t batch = 1; batch <= 35; ++batch) {
    CAPTURE(batch);
    check(graph, batch, 7);
  }
}

TEST_CASE("combining up to nine terms, odd and even") {
  for (size_t count = 0; count <= 9; ++count) {
    CAPTURE(count);
    GraphBuilder b;
    const int32_t stem = b.conv(b.input({2, 3, 3}), {.out = 2});
    std::vector<MixTerm> terms;
    for (size_t k = 0; k < count; ++k) {
      const int32_t conv = b.conv(stem, {.out = 2});
      terms.push_back({k % 2 == 0 ? b.batch_norm(conv) : conv, -1});
    }
    const int32_t mix = b.mix(terms, b.shape(stem));
    check(b.build(mix), 5, count);
    const int32_t relu = b.relu(mix);
    check(b.build(relu), 5, count);
    check(b.build(b.concat({relu, mix})), 5, count);
  }
}

TEST_CASE("padding that crops everything leaves zeros") {
  GraphBuilder b;
  const int32_t stem = b.conv(b.input({2, 3, 3}), {.out = 2});
  check(b.build(b.concat({b.pad(stem, -3, 2, 0, 0), b.pad(stem, 2, -3, 0, 0)})), 3, 1);
}

TEST_CASE("a small map that a larger convolution reads as well") {
  // 7 x 8 outputs are clipped to the map, 8 x 9 need a halo around the same input, whether they run or not.
  GraphBuilder b;
  const int32_t shared = b.relu(b.conv(b.input({2, 7, 8}), {.out = 3}));
  const int32_t small = b.conv(shared, {.out = 2, .kernel = {3, 3}, .padding = {1, 1}});
  const int32_t large = b.conv(shared, {.out = 2, .kernel = {2, 2}, .padding = {1, 1}});
  const int32_t pooled = b.concat({b.global_avg_pool(b.relu(small)), b.global_avg_pool(b.relu(large))});
  check(b.build(b.linear(pooled, 3)), 5, 1);
  check(b.build(b.linear(b.global_avg_pool(b.relu(small)), 3)), 5, 2);
}
