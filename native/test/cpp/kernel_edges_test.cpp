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

TEST_CASE("activations of every function on rows of every length") {
  for (int32_t function = 0; function < 5; ++function) {
    for (int32_t width = 1; width <= 9; ++width) {
      CAPTURE(function);
      CAPTURE(width);
      GraphBuilder b;
      const int32_t stem = b.conv(b.input({2, 2, width}), {.out = 3, .bias = true});
      const int32_t wide = b.mix(std::vector<MixTerm>(3, {stem, -1}));
      const int32_t out = b.activation(width % 2 == 0 ? b.batch_norm(wide) : wide, Activation{function});
      // Read with and without a halo.
      check(b.build(b.conv(out, {.out = 2, .kernel = {1, 3}, .padding = {0, width % 3}})), 5,
            static_cast<uint64_t>(function * 10 + width));
    }
  }
}

TEST_CASE("scales whose input, factor or both lead to parameters, or to nothing else") {
  GraphBuilder b;
  const int32_t in = b.input({3, 4, 5});
  const int32_t left = b.conv(in, {.out = 4, .kernel = {3, 3}, .padding = {1, 1}});
  const int32_t mean = b.global_avg_pool(in);
  const int32_t right = b.activation(b.linear(mean, 4), Activation::kHardSigmoid);
  SUBCASE("both") {
    check(b.build(b.conv(b.scale(left, right), {.out = 2, .kernel = {3, 3}, .padding = {1, 1}})), 19, 1);
  }
  SUBCASE("input") {
    check(b.build(b.scale(b.conv(in, {.out = 3}), mean)), 5, 2);
  }
  SUBCASE("factor") {
    check(b.build(b.scale(in, b.linear(mean, 3))), 5, 3);
  }
  SUBCASE("squeeze and excitation of a batch norm that a mix adds to") {
    const int32_t norm = b.batch_norm(left);
    const int32_t squeezed = b.activation(b.linear(b.global_avg_pool(norm), 2), Activation::kSwish);
    const int32_t excited = b.activation(b.linear(squeezed, 4), Activation::kSigmoid);
    const int32_t sum = b.mix({{b.scale(norm, excited), -1}, {left, -1}});
    check(b.build(b.linear(b.global_avg_pool(b.relu(b.batch_norm(sum))), 3)), 21, 4);
  }
  SUBCASE("by itself, through a concatenation") {
    const int32_t twice = b.scale(right, right);
    check(b.build(b.concat({twice, b.scale(twice, right)})), 5, 5);
  }
}

TEST_CASE("shuffles, splits and slices of channels") {
  for (int32_t halves = 1; halves <= 6; ++halves) {
    CAPTURE(halves);
    GraphBuilder b;
    const int32_t stem = b.conv(b.input({2, 3, 5}), {.out = 2 * halves});
    std::vector<int32_t> shuffled, first, second;
    for (int32_t c = 0; c < halves; ++c) {
      shuffled.insert(shuffled.end(), {c, halves + c});
      first.push_back(c);
      second.push_back(halves + c);
    }
    const int32_t left =
        b.batch_norm(b.conv(b.select(stem, second), {.out = halves, .kernel = {3, 3}, .padding = {1, 1}}));
    const int32_t out = b.select(b.concat({b.select(stem, first), b.relu(left)}), shuffled);
    check(b.build(b.conv(out, {.out = 2})), 9, static_cast<uint64_t>(halves));
    check(b.build(b.select(stem, {2 * halves - 1})), 9, static_cast<uint64_t>(halves));
  }
}

TEST_CASE("kernels of 1x7 and 7x1, grouped, and depthwise 7x7") {
  for (int32_t size = 1; size <= 8; ++size) {
    for (const int32_t stride : {1, 2}) {
      CAPTURE(size);
      CAPTURE(stride);
      const auto convolve = [&](Pair kernel, Pair padding, int32_t groups) {
        GraphBuilder b;
        const int32_t stem = b.conv(b.input({2, size, 9 - size}), {.out = 4});
        check(b.build(b.conv(stem, {.out = 4,
                                    .kernel = kernel,
                                    .stride = {stride, stride},
                                    .padding = padding,
                                    .groups = groups})),
              3, static_cast<uint64_t>(size));
      };
      convolve({1, 7}, {0, 3}, 2);
      convolve({7, 1}, {3, 0}, 2);
      convolve({7, 7}, {3, 3}, 4);
    }
  }
}
