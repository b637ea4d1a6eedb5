// What is read off a forward pass: codes, features, patterns and pixels, against the reference engine on
// random networks.
#include <doctest/doctest.h>

#include <numeric>

#include "support/compare.hpp"
#include "support/random_graph.hpp"

using namespace tenas;
using namespace tenas::test;
using engine::Purpose;

namespace {

/// Equal but for rounding of the values that are averaged; where a batch norm makes zeros, of its input.
/// `precision` is that of the values.
bool close(const NodeFeatures& found, const NodeFeatures& expected, double precision = 1e-9) {
  if (found.mean.size() != expected.mean.size()) return false;
  double square = 1e-10;  // largest mean square of a channel
  for (size_t c = 0; c < expected.mean.size(); ++c) {
    square = std::max(
        square, expected.mean[c] * expected.mean[c] + expected.covariance[c * (expected.mean.size() + 1)]);
  }
  const auto within = [](const std::vector<double>& a, const std::vector<double>& b, double tolerance) {
    return std::equal(a.begin(), a.end(), b.begin(), b.end(),
                      [&](double x, double y) { return std::abs(x - y) <= tolerance; });
  };
  return within(found.mean, expected.mean, precision * std::sqrt(square)) &&
         within(found.covariance, expected.covariance, precision * square);
}

std::vector<int32_t> all_nodes(const Graph& graph) {
  std::vector<int32_t> nodes(graph.nodes.size());
  std::iota(nodes.begin(), nodes.end(), 0);
  return nodes;
}

}  // namespace

TEST_CASE("code kernels equal the reference's") {
  Random random(60);
  for (int32_t round = 0; round < 150; ++round) {
    CAPTURE(round);
    const RandomNet net = random_net(random, {.size = round % 2 == 0 ? 9 : 14});
    const Sample sample(net.graph, random, random.integer(1, 9));
    const auto expected =
        std::get<CodesAnswer>(reference_answers(net.graph, sample, net.coefficients, {CodesTask{}})[0]);
    for (const Purpose purpose : {Purpose::kForward, Purpose::kGradient}) {
      const auto found =
          Compiled(net.graph, "double", purpose).answer<CodesAnswer>(sample, net.coefficients, CodesTask{});
      CHECK(found.kernel == expected.kernel);
      CHECK(found.neurons == expected.neurons);
      CHECK(found.log_determinant == expected.log_determinant);
    }
  }
}

TEST_CASE("code kernels of every instruction set on a batch of many blocks") {
  GraphBuilder b;
  const int32_t slot = b.slot();
  const int32_t in = b.input({3, 20, 13});
  const int32_t first = b.relu(in), again = b.relu(in);
  b.mix({{b.relu(b.pad(in, 0, 0, -1, 0)), slot}});
  const Graph graph = b.build(b.mix({{first, -1}, {again, -1}}));
  Random random(61);
  const Sample sample(graph, random, 37);
  auto isas = engine::available_isas();
  isas.push_back("double");
  for (const double coefficient : {0.0, 1.0}) {
    const std::vector<double> coefficients{coefficient};
    const auto expected =
        std::get<CodesAnswer>(reference_answers(graph, sample, coefficients, {CodesTask{}})[0]);
    CHECK(expected.neurons == 2 * 780 + (coefficient == 0 ? 0 : 720));
    for (const std::string_view isa : isas) {
      CAPTURE(isa);
      const auto found =
          Compiled(graph, isa, Purpose::kForward).answer<CodesAnswer>(sample, coefficients, CodesTask{});
      CHECK(found.kernel == expected.kernel);
    }
  }
}

TEST_CASE("code kernels of more neurons than are compared at a time") {
  GraphBuilder b;
  const int32_t in = b.input({3, 190, 173});  // a channel alone is more
  const int32_t many = b.relu(in);
  const int32_t few = b.relu(b.avg_pool(in, {.kernel = {5, 5}, .stride = {5, 5}}));
  const Graph graph = b.build(b.mix({{b.global_avg_pool(many), -1}, {b.global_avg_pool(few), -1}}));
  Random random(65);
  const Sample sample(graph, random, 6);
  const auto expected = std::get<CodesAnswer>(reference_answers(graph, sample, {}, {CodesTask{}})[0]);
  for (const std::string_view isa : engine::available_isas()) {
    CAPTURE(isa);
    const auto found = Compiled(graph, isa, Purpose::kForward).answer<CodesAnswer>(sample, {}, CodesTask{});
    CHECK(found.kernel == expected.kernel);
  }
}

TEST_CASE("features of every instruction set, of one sample as of many") {
  GraphBuilder b;
  const int32_t in = b.input({3, 23, 41});
  const int32_t wide = b.conv(in, {.out = 19});
  const Graph graph = b.build(b.conv(b.relu(wide), {.out = 5, .stride = {2, 2}}));
  Random random(66);
  const FeaturesTask task{all_nodes(graph), {}};
  for (const int32_t batch : {1, 5, 16, 37}) {
    CAPTURE(batch);
    const Sample sample(graph, random, batch);
    const auto expected = std::get<FeaturesAnswer>(reference_answers(graph, sample, {}, {task})[0]);
    for (const std::string_view isa : engine::available_isas()) {
      CAPTURE(isa);
      const auto found = Compiled(graph, isa, Purpose::kForward).answer<FeaturesAnswer>(sample, {}, task);
      for (size_t v = 0; v < task.nodes.size(); ++v) {
        CAPTURE(v);
        CHECK(close(found.nodes[v], expected.nodes[v], 2e-6));
      }
    }
  }
}

TEST_CASE("features of all nodes equal the reference's, stored or not") {
  Random random(62);
  for (int32_t round = 0; round < 150; ++round) {
    CAPTURE(round);
    const RandomNet net = random_net(random);
    const Sample sample(net.graph, random, random.integer(1, 9));
    const FeaturesTask task{all_nodes(net.graph), {}};
    const auto expected =
        std::get<FeaturesAnswer>(reference_answers(net.graph, sample, net.coefficients, {task})[0]);
    for (const Purpose purpose : {Purpose::kForward, Purpose::kGradient}) {
      const auto found =
          Compiled(net.graph, "double", purpose).answer<FeaturesAnswer>(sample, net.coefficients, task);
      REQUIRE(found.nodes.size() == task.nodes.size());
      for (size_t v = 0; v < task.nodes.size(); ++v) {
        CAPTURE(v);
        CHECK(close(found.nodes[v], expected.nodes[v]));
      }
    }
  }
}

TEST_CASE("features of some channels are those of all channels at their places") {
  Random random(63);
  for (int32_t round = 0; round < 60; ++round) {
    CAPTURE(round);
    const RandomNet net = random_net(random);
    const Sample sample(net.graph, random, random.integer(1, 9));
    const std::vector<int32_t> nodes = all_nodes(net.graph);
    FeaturesTask some{nodes, {}};
    for (const int32_t node : nodes) {
      const int32_t channels = net.graph.nodes[node].shape.c;
      // In any order, and not each of them.
      some.channels.push_back({channels - 1});
      for (int32_t c = 0; c + 1 < channels; c += 2) some.channels.back().push_back(c);
    }
    const std::vector<Task> tasks{FeaturesTask{nodes, {}}, some};
    const auto expected = reference_answers(net.graph, sample, net.coefficients, tasks);
    const auto found = Compiled(net.graph, "double").answers(sample, net.coefficients, tasks);
    for (size_t v = 0; v < nodes.size(); ++v) {
      CAPTURE(v);
      const NodeFeatures& all = std::get<FeaturesAnswer>(found[0]).nodes[v];
      const NodeFeatures& own = std::get<FeaturesAnswer>(found[1]).nodes[v];
      CHECK(close(own, std::get<FeaturesAnswer>(expected[1]).nodes[v]));
      if (all.mean.empty()) continue;
      REQUIRE(own.mean.size() == some.channels[v].size());
      for (size_t i = 0; i < own.mean.size(); ++i) {
        const size_t c = some.channels[v][i];
        CHECK(own.mean[i] == all.mean[c]);
        CHECK(own.covariance[i * (own.mean.size() + 1)] == all.covariance[c * (all.mean.size() + 1)]);
      }
    }
  }
}

TEST_CASE("patterns and pixels of all nodes equal the reference's, stored or not") {
  Random random(64);
  for (int32_t round = 0; round < 150; ++round) {
    CAPTURE(round);
    const RandomNet net = random_net(random);
    const Sample sample(net.graph, random, random.integer(1, PatternsTask::kMostSamples));
    PatternsTask patterns;
    PixelsTask pixels;
    for (const int32_t node : all_nodes(net.graph)) {
      const Shape& shape = net.graph.nodes[node].shape;
      const int32_t count = sample.batch * shape.h * shape.w;
      const int32_t first = random.integer(0, count - 1);
      pixels.ranges.push_back({node, first, random.integer(1, count - first)});
      // Whether other values are > 0 may be a matter of rounding.
      if (has_neurons(net.graph.nodes[node])) patterns.nodes.push_back(node);
    }
    const std::vector<Task> tasks{patterns, pixels};
    const auto expected = reference_answers(net.graph, sample, net.coefficients, tasks);
    for (const Purpose purpose : {Purpose::kForward, Purpose::kGradient}) {
      const auto found = Compiled(net.graph, "double", purpose).answers(sample, net.coefficients, tasks);
      CHECK(std::get<PatternsAnswer>(found[0]).patterns == std::get<PatternsAnswer>(expected[0]).patterns);
      CHECK(std::get<PatternsAnswer>(found[0]).elements == std::get<PatternsAnswer>(expected[0]).elements);
      const auto& values = std::get<PixelsAnswer>(found[1]).values;
      const auto& wanted = std::get<PixelsAnswer>(expected[1]).values;
      REQUIRE(values.size() == wanted.size());
      for (size_t k = 0; k < values.size(); ++k) {
        CAPTURE(k);
        CHECK(relative_error(values[k], wanted[k], 1) < 1e-8);
      }
    }
  }
}

TEST_CASE("patterns of every instruction set, of 1 to 16 samples") {
  GraphBuilder b;
  const int32_t in = b.input({3, 11, 7});
  const int32_t slot = b.slot();
  const int32_t first = b.relu(in), again = b.relu(in), other = b.relu(b.pad(in, 0, 0, -1, 0));
  b.mix({{other, slot}});
  const Graph graph = b.build(b.mix({{first, -1}, {again, -1}}));
  Random random(65);
  auto isas = engine::available_isas();
  isas.push_back("double");
  for (int32_t batch = 1; batch <= PatternsTask::kMostSamples; ++batch) {
    CAPTURE(batch);
    const Sample sample(graph, random, batch);
    for (const double coefficient : {0.0, 1.0}) {
      const std::vector<double> coefficients{coefficient};
      const PatternsTask task{{first, again, other}};
      const auto expected =
          std::get<PatternsAnswer>(reference_answers(graph, sample, coefficients, {task})[0]);
      CHECK(expected.elements == 2 * 231 + (coefficient == 0 ? 0 : 198));
      CHECK(expected.patterns <= 1 << batch);
      for (const std::string_view isa : isas) {
        CAPTURE(isa);
        const auto found =
            Compiled(graph, isa, Purpose::kForward).answer<PatternsAnswer>(sample, coefficients, task);
        CHECK(found.patterns == expected.patterns);
        CHECK(found.elements == expected.elements);
      }
    }
  }
}
