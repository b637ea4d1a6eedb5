// Device kernels against the reference engine in double precision: on the host executor, or with
// TENAS_TEST_DEVICE=cuda on a real device.
#include <doctest/doctest.h>

#include <cmath>
#include <utility>
#include <vector>

#include "reference/activation.hpp"
#include "support/device_run.hpp"
#include "support/random_graph.hpp"

using namespace tenas;
using namespace tenas::test;

namespace {

constexpr int32_t kNets = 40;
constexpr Statistics kStatistics[] = {Statistics::kBatch, Statistics::kRunning};
constexpr NtkMode kModes[] = {NtkMode::kBatch, NtkMode::kSample};

/// One graph in all evaluations; tolerances as for a single layer with signed numbers.
void check_graph(const Graph& graph, int32_t batch, uint64_t seed) {
  Random random(seed);
  const Sample sample(graph, random, batch);
  const auto weights = sample.weights64(), inputs = sample.inputs64();
  OnDevice device(graph, seed);
  std::vector<double> logits;
  for (const NtkMode mode : kModes) {
    CAPTURE(static_cast<int>(mode));
    const auto expected = reference::ntk(graph, {}, weights, inputs, batch, mode, &logits);
    const cuda::DeviceResult found = device.ntk(sample, {}, mode);
    CHECK(relative_error(found.kernel, expected) < 3e-5);
    CHECK(relative_error(found.logits, logits) < 3e-5);
  }
  CHECK(relative_error(device.forward(sample, {}, Statistics::kBatch).logits, logits) < 3e-5);
}

}  // namespace

TEST_CASE("device kernels are as close to the reference on random networks as rounding allows") {
  Random random(44);
  for (int32_t round = 0; round < kNets; ++round) {
    CAPTURE(round);
    const RandomNet net = random_net(random);
    const Sample sample(net.graph, random, random.integer(2, 40));
    // What a change of inputs and coefficients by 1e-6 does bounds what rounding may do.
    Sample nudged = sample;
    for (float& value : nudged.inputs) value += 1e-6f * static_cast<float>(random.normal());
    std::vector<double> coefficients = net.coefficients;
    for (double& value : coefficients) value *= 1 + 1e-6 * random.normal();
    Compiled exact(net.graph, "double");
    OnDevice device(net.graph, static_cast<uint64_t>(round));
    for (const Statistics statistics : kStatistics) {
      const auto expected = exact.forward(sample, net.coefficients, statistics);
      const double slack =
          2e-5 + 100 * relative_error(exact.forward(nudged, coefficients, statistics), expected);
      CHECK(relative_error(device.forward(sample, net.coefficients, statistics).logits, expected) <= slack);
    }
    for (const NtkMode mode : kModes) {
      CAPTURE(static_cast<int>(mode));
      const auto expected = exact.ntk(sample, net.coefficients, mode).kernel;
      const double slack =
          2e-5 + 100 * relative_error(exact.ntk(nudged, coefficients, mode).kernel, expected);
      CHECK(relative_error(device.ntk(sample, net.coefficients, mode).kernel, expected) <= slack);
    }
  }
}

TEST_CASE("device regions equal those of the CPU kernels on random networks") {
  Random random(43);
  for (int32_t round = 0; round < kNets; ++round) {
    CAPTURE(round);
    const RandomNet net = random_net(random);
    const Sample sample(net.graph, random, random.integer(2, 40), random.integer(1, 3));
    const auto expected = reference::regions(net.graph, net.coefficients, sample.weights64(),
                                             sample.inputs64(), sample.batches, sample.batch);
    const auto found = OnDevice(net.graph, static_cast<uint64_t>(round)).regions(sample, net.coefficients);
    CHECK(found.neurons == expected.neurons);
    REQUIRE(found.popcounts.size() == expected.popcounts.size());
    // A value that is zero but for rounding may fall on the other side: hardly ever, and then the CPU
    // kernels' may too.
    int64_t differing = 0;
    for (size_t i = 0; i < expected.popcounts.size(); ++i)
      differing += found.popcounts[i] != expected.popcounts[i];
    CHECK(differing * 100 <= std::ssize(expected.popcounts));
    CHECK(std::abs(found.regions - expected.regions) <= differing);
  }
}

TEST_CASE("device convolutions at the edges of their tiles") {
  for (int32_t channels = 1; channels <= 9; channels += 2) {
    for (const int32_t columns : {1, 3, 7, 8, 9, 17}) {
      CAPTURE(channels);
      CAPTURE(columns);
      GraphBuilder b;
      const int32_t stem = b.conv(b.input({2, 3, columns}), {.out = channels});
      check_graph(
          b.build(b.conv(stem, {.out = channels + 1, .kernel = {3, 3}, .padding = {1, 1}, .bias = true})), 3,
          static_cast<uint64_t>(channels * 100 + columns));
    }
  }
}

TEST_CASE("strided, dilated and grouped device convolutions on small maps") {
  for (int32_t size = 1; size <= 9; size += 2) {
    for (const int32_t stride : {1, 2, 3}) {
      for (const int32_t dilation : {1, 2}) {
        CAPTURE(size);
        CAPTURE(stride);
        CAPTURE(dilation);
        GraphBuilder b;
        const int32_t stem = b.conv(b.input({2, size, 10 - size}), {.out = 4});
        check_graph(b.build(b.conv(stem, {.out = 4,
                                          .kernel = {3, 3},
                                          .stride = {stride, stride},
                                          .padding = {dilation, dilation},
                                          .dilation = {dilation, dilation},
                                          .groups = size % 4 == 1 ? 4 : 1})),
                    3, static_cast<uint64_t>(size * 10 + stride));
      }
    }
  }
}

TEST_CASE("device batches that leave lanes empty, from one sample to beyond two warps") {
  GraphBuilder b;
  int32_t node = b.conv(b.input({2, 3, 3}), {.out = 3, .kernel = {3, 3}, .padding = {1, 1}});
  node = b.conv(b.relu(b.batch_norm(node)), {.out = 2});
  node = b.batch_norm(b.max_pool(node, {.kernel = {3, 3}, .stride = {2, 2}, .padding = {1, 1}}));
  node = b.avg_pool(node, {.kernel = {3, 3}, .padding = {1, 1}, .count_include_pad = false});
  node = b.activation(b.select(b.concat({node, node}), {3, 0, 2}), Activation::kSwish);
  node = b.scale(node, b.activation(b.global_avg_pool(node), Activation::kHardSigmoid));
  const Graph graph = b.build(b.linear(b.global_avg_pool(node), 3));
  for (const int32_t batch : {1, 2, 31, 32, 33, 64, 65}) {
    CAPTURE(batch);
    check_graph(graph, batch, 7);
  }
}

TEST_CASE("device activations and their derivatives over the whole range of numbers") {
  std::vector<float> numbers{0, 1e-30f, 1e30f};
  for (int32_t i = 1; i <= 10'000; ++i) numbers.push_back(static_cast<float>(i) / 100);
  for (size_t i = 0, positive = numbers.size(); i < positive; ++i) numbers.push_back(-numbers[i]);
  for (int32_t f = 0; f < 5; ++f) {
    CAPTURE(f);
    const Activation function{f};
    GraphBuilder b;
    const Graph graph =
        b.build(b.activation(b.input({1, 2, static_cast<int32_t>(numbers.size()) / 2}), function));
    Random random(1);
    Sample sample(graph, random, 1);
    sample.inputs = numbers;
    const GradientTask task{OutputSum{}, GradientStatistics::kNone, {.input = true}, Reduce::kSums, 1};
    const GradientAnswer found = OnDevice(graph).gradient(sample, {}, task);
    REQUIRE(found.input.size() == numbers.size());
    for (size_t i = 0; i < numbers.size(); ++i) {
      CAPTURE(numbers[i]);
      const double value = reference::activation(function, static_cast<double>(numbers[i]));
      const double slope = reference::activation_derivative(function, static_cast<double>(numbers[i]));
      // What exp cannot make is 0.
      REQUIRE(std::abs(static_cast<double>(found.logits[i]) - value) <= 1e-6 * std::abs(value) + 1e-33);
      REQUIRE(std::abs(static_cast<double>(found.input[i]) - slope) <= 1e-6);
    }
  }
}

TEST_CASE("device squeezes, splits and shuffles of odd sizes") {
  for (const auto& [rows, columns] : {std::pair{1, 1}, {3, 5}, {9, 2}}) {
    CAPTURE(rows);
    CAPTURE(columns);
    GraphBuilder b;
    int32_t node = b.batch_norm(b.conv(b.input({3, rows, columns}), {.out = 7}));
    const int32_t kept = b.select(node, {4, 5, 6}), turned = b.select(node, {3, 1, 0});
    const int32_t squeezed = b.activation(b.linear(b.global_avg_pool(turned), 2), Activation::kRelu6);
    const int32_t scaled = b.scale(turned, b.activation(b.linear(squeezed, 3), Activation::kSigmoid));
    node = b.select(b.concat({kept, b.activation(scaled, Activation::kHardSwish)}), {0, 3, 1, 4, 2, 5});
    // The factors of one scale are the values of another.
    const int32_t mean = b.global_avg_pool(node);
    check_graph(b.build(b.linear(b.scale(mean, b.scale(mean, mean)), 2)), 7, static_cast<uint64_t>(rows));
  }
}

TEST_CASE(
    "device splits add to the gradients of other readers, and give zeros where they leave channels out") {
  GraphBuilder b;
  int32_t node = b.conv(b.input({2, 3, 5}), {.out = 4});
  for (int32_t layer = 0; layer < 2; ++layer) {
    node = b.conv(b.select(b.batch_norm(node), {2, 0}), {.out = 4});
    const int32_t turned = b.select(node, {3, 1, 2, 0});
    node = b.batch_norm(b.conv(b.concat({turned, b.activation(node, Activation::kSwish)}), {.out = 4}));
    // These leave gradients in the buffers that the split's gets.
    for (int32_t i = 0; i < 3; ++i) node = b.activation(node, Activation::kSigmoid);
  }
  check_graph(b.build(b.linear(b.global_avg_pool(node), 3)), 5, 2);
}

TEST_CASE("combining up to nine terms on the device, and padding that crops everything") {
  for (size_t count = 0; count <= 9; count += 3) {
    CAPTURE(count);
    GraphBuilder b;
    const int32_t stem = b.conv(b.input({2, 3, 3}), {.out = 2});
    std::vector<MixTerm> terms;
    for (size_t k = 0; k < count; ++k) {
      const int32_t conv = b.conv(stem, {.out = 2});
      terms.push_back({k % 2 == 0 ? b.batch_norm(conv) : conv, -1});
    }
    const int32_t mix = b.mix(terms, b.shape(stem));
    check_graph(b.build(b.concat({b.relu(mix), mix})), 5, count);
  }
  GraphBuilder b;
  const int32_t stem = b.conv(b.input({2, 3, 3}), {.out = 2});
  check_graph(b.build(b.concat({b.pad(stem, -3, 2, 0, 0), b.pad(stem, 2, -3, 1, -1)})), 3, 1);
}

TEST_CASE("device graphs without operations, without parameters") {
  GraphBuilder only_input;
  check_graph(only_input.build(only_input.input({2, 3, 1})), 3, 1);
  GraphBuilder b;
  check_graph(b.build(b.global_avg_pool(b.relu(b.input({2, 3, 3})))), 3, 2);
}
