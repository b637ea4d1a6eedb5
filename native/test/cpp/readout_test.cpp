// What is read off a forward pass: codes and features, against the reference engine on random networks.
#include <doctest/doctest.h>

#include <numeric>

#include "support/compare.hpp"
#include "support/random_graph.hpp"

using namespace tenas;
using namespace tenas::test;
using engine::Purpose;

namespace {

/// Equal but for rounding of the values that are averaged; where a batch norm makes zeros, of its input.
bool close(const NodeFeatures& found, const NodeFeatures& expected) {
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
  return within(found.mean, expected.mean, 1e-9 * std::sqrt(square)) &&
         within(found.covariance, expected.covariance, 1e-9 * square);
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

TEST_CASE("features of all nodes equal the reference's, stored or not") {
  Random random(62);
  for (int32_t round = 0; round < 150; ++round) {
    CAPTURE(round);
    const RandomNet net = random_net(random);
    const Sample sample(net.graph, random, random.integer(1, 9));
    FeaturesTask task{std::vector<int32_t>(net.graph.nodes.size())};
    std::iota(task.nodes.begin(), task.nodes.end(), 0);
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
