// The reference engine's NTK and linear regions against closed forms and independent computations.
#include "reference/reference.hpp"

#include <doctest/doctest.h>

#include <cmath>

#include "support/graph_builder.hpp"
#include "support/random.hpp"

using namespace tenas;
using namespace tenas::test;

namespace {

double dot(std::span<const double> a, std::span<const double> b) {
  double sum = 0;
  for (size_t i = 0; i < a.size(); ++i) sum += a[i] * b[i];
  return sum;
}

Graph small_net() {
  GraphBuilder b;
  int32_t node = b.conv(b.input({2, 5, 5}), {.out = 3, .kernel = {3, 3}, .padding = {1, 1}});
  node = b.relu(b.batch_norm(node));
  node = b.batch_norm(b.conv(node, {.out = 4, .kernel = {3, 3}, .stride = {2, 2}, .padding = {1, 1}}));
  return b.build(b.linear(b.global_avg_pool(b.relu(node)), 3));
}

/// The part of a gradient that belongs to the NTK.
std::vector<double> ntk_part(const Graph& graph, const std::vector<double>& gradient) {
  std::vector<double> part;
  for (const Param& param : graph.params) {
    if (!param.in_ntk) continue;
    part.insert(part.end(), gradient.begin() + param.offset, gradient.begin() + param.offset + param.size);
  }
  return part;
}

}  // namespace

TEST_CASE("the NTK of a linear layer is the inner product of its inputs, once for every output") {
  GraphBuilder b;
  const Graph graph = b.build(b.linear(b.input({5, 1, 1}), 3));
  Random random(1);
  const auto weights = random.weights<double>(graph);
  const auto input = random.normals<double>(4 * 5);
  std::vector<double> logits;
  for (const NtkMode mode : {NtkMode::kBatch, NtkMode::kSample}) {
    const auto kernel = reference::ntk(graph, {}, weights, input, 4, mode, &logits);
    for (size_t i = 0; i < 4; ++i) {
      for (size_t j = 0; j < 4; ++j) {
        const double expected =
            3 * dot(std::span(input).subspan(i * 5, 5), std::span(input).subspan(j * 5, 5));
        CHECK(kernel[i * 4 + j] == doctest::Approx(expected).epsilon(1e-12));
      }
    }
  }
  REQUIRE(logits.size() == 12);
  for (size_t i = 0; i < 4; ++i) {
    for (size_t k = 0; k < 3; ++k) {
      const double expected =
          dot(std::span(input).subspan(i * 5, 5), std::span(weights).subspan(k * 5, 5)) + weights[15 + k];
      CHECK(logits[i * 3 + k] == doctest::Approx(expected).epsilon(1e-12));
    }
  }
}

TEST_CASE("the NTK through batch statistics sums up to the squared gradient of all logits") {
  const Graph graph = small_net();
  Random random(2);
  const auto weights = random.weights<double>(graph);
  const auto input = random.normals<double>(6 * 50);
  const auto kernel = reference::ntk(graph, {}, weights, input, 6, NtkMode::kBatch);
  const auto activations = reference::forward(graph, {}, weights, input, 6, Statistics::kBatch);
  const std::vector<double> ones(6 * 3, 1.0);
  const auto total = ntk_part(
      graph,
      reference::backward(graph, {}, weights, activations, ones, 6, GradientStatistics::kThrough).parameters);
  double sum = 0;
  for (const double value : kernel) sum += value;
  CHECK(sum == doctest::Approx(dot(total, total)).epsilon(1e-10));
  for (size_t i = 0; i < 6; ++i) {
    for (size_t j = 0; j < 6; ++j) CHECK(kernel[i * 6 + j] == kernel[j * 6 + i]);
  }
}

TEST_CASE("the NTK with constant statistics is that of samples evaluated one at a time") {
  const Graph graph = small_net();
  Random random(3);
  auto weights = random.weights<double>(graph);
  const auto input = random.normals<double>(5 * 50);
  const auto kernel = reference::ntk(graph, {}, weights, input, 5, NtkMode::kSample);
  const auto batch = reference::forward(graph, {}, weights, input, 5, Statistics::kBatch);
  for (size_t v = 0; v < graph.nodes.size(); ++v) {
    const Node& node = graph.nodes[v];
    if (node.op != Op::kBatchNorm) continue;
    for (size_t c = 0; c < batch.mean[v].size(); ++c) {
      const auto offset = [&](int32_t id) { return graph.params[id].offset + c; };
      weights[offset(node.running_mean)] = batch.mean[v][c];
      weights[offset(node.running_var)] = std::pow(batch.inv_std[v][c], -2) - node.eps;
    }
  }
  std::vector<std::vector<double>> rows;
  for (size_t i = 0; i < 5; ++i) {
    const auto sample = std::span(input).subspan(i * 50, 50);
    const auto single = reference::forward(graph, {}, weights, sample, 1, Statistics::kRunning);
    const std::vector<double> ones(3, 1.0);
    rows.push_back(ntk_part(
        graph,
        reference::backward(graph, {}, weights, single, ones, 1, GradientStatistics::kConstant).parameters));
  }
  for (size_t i = 0; i < 5; ++i) {
    for (size_t j = 0; j < 5; ++j) {
      CHECK(kernel[i * 5 + j] == doctest::Approx(dot(rows[i], rows[j])).epsilon(1e-10));
    }
  }
}

TEST_CASE("linear regions of a bare ReLU are the sign patterns of its input") {
  GraphBuilder b;
  const int32_t slot = b.slot();
  const int32_t in = b.input({2, 1, 2});
  const int32_t first = b.relu(in);
  const int32_t second = b.relu(b.pad(in, -0, 0, 0, -1));
  b.mix({{second, slot}});
  const Graph graph = b.build(first);
  // Two batches of two; zero is not active.
  const std::vector<double> input{1,  -1, 2,  -2,    //
                                  -1, 0,  -3, 0,     //
                                  5,  -2, 1,  -0.0,  //
                                  1,  1,  1,  1};
  const std::vector<double> off{0}, on{0.5};
  const auto one = reference::regions(graph, off, {}, input, 2, 2);
  CHECK(one.regions == 3);
  CHECK(one.neurons == 4);
  CHECK(one.popcounts == std::vector<int32_t>{2, 0, 2, 4});
  const auto both = reference::regions(graph, on, {}, input, 2, 2);
  CHECK(both.regions == 3);
  CHECK(both.neurons == 6);
  CHECK(both.popcounts == std::vector<int32_t>{4, 0, 4, 6});
}

TEST_CASE("linear regions take batch statistics from each batch alone") {
  GraphBuilder b;
  const Graph graph = b.build(b.relu(b.batch_norm(b.input({1, 1, 1}), {.scale = false, .shift = false})));
  const std::vector<double> weights{0, 1};
  // Against the mean of its own batch, the upper value of each pair is the active one.
  const std::vector<double> input{1, 2, 100, 50};
  const auto result = reference::regions(graph, {}, weights, input, 2, 2);
  CHECK(result.regions == 2);
  CHECK(result.popcounts == std::vector<int32_t>{0, 1, 1, 0});
}
