// Random networks: their gradients against differences, and spoiled encodings of them run through the
// reference engine.
#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <set>

#include "base/error.hpp"
#include "reference/reference.hpp"
#include "support/random_graph.hpp"

using namespace tenas;
using namespace tenas::test;

namespace {

constexpr int32_t kBatch = 3;

using Values = std::vector<double>;

Values output_of(const Graph& graph, const reference::Activations& activations) {
  return activations.node[graph.output];
}

double dot(const Values& a, const Values& b) {
  double sum = 0;
  for (size_t i = 0; i < a.size(); ++i) sum += a[i] * b[i];
  return sum;
}

/// Work of a reference forward pass for one sample, roughly in multiplications.
double work(const Graph& graph) {
  double sum = 0;
  for (const Node& node : graph.nodes) {
    double each = static_cast<double>(node.kh) * node.kw;
    for (const int32_t in : node.inputs) each *= 1 + graph.nodes[in].shape.c / node.groups;
    sum += each * static_cast<double>(node.shape.size());
  }
  return sum;
}

}  // namespace

TEST_CASE("random networks use every operation") {
  Random random(1);
  std::set<Op> seen;
  for (int i = 0; i < 200; ++i) {
    for (const Node& node : random_net(random).graph.nodes) seen.insert(node.op);
  }
  CHECK(seen.size() == 14);
}

TEST_CASE("gradients of random networks agree with differences along a random direction") {
  int32_t compared = 0;
  for (uint64_t seed = 0; seed < 400; ++seed) {
    CAPTURE(seed);
    Random random(seed);
    const RandomNet net = random_net(random, {.steps = 10, .size = 6});
    const Graph& graph = net.graph;
    const auto weights = random.weights<double>(graph);
    const auto input = random.normals<double>(kBatch * net.input_values());
    const auto direction = random.normals<double>(kBatch * net.output_values());
    auto weight_step = random.normals<double>(weights.size());
    const auto input_step = random.normals<double>(input.size());
    Values coefficient_step = random.normals<double>(net.coefficients.size());
    for (size_t i = 0; i < coefficient_step.size(); ++i) {
      if (net.coefficients[i] == 0) coefficient_step[i] = 0;  // off: no difference, no gradient
    }
    for (const Param& param : graph.params) {
      if (param.kind != ParamKind::kBnRunningMean && param.kind != ParamKind::kBnRunningVar) continue;
      std::fill_n(weight_step.begin() + param.offset, param.size, 0.0);
    }
    const auto value = [&](double step) {
      Values w = weights, x = input, a = net.coefficients;
      for (size_t i = 0; i < a.size(); ++i) a[i] += step * coefficient_step[i];
      for (size_t i = 0; i < w.size(); ++i) w[i] += step * weight_step[i];
      for (size_t i = 0; i < x.size(); ++i) x[i] += step * input_step[i];
      const auto activations = reference::forward(graph, a, w, x, kBatch, Statistics::kBatch);
      return dot(direction, output_of(graph, activations));
    };
    const auto activations =
        reference::forward(graph, net.coefficients, weights, input, kBatch, Statistics::kBatch);
    reference::Gradients found = reference::backward(graph, net.coefficients, weights, activations, direction,
                                                     kBatch, GradientStatistics::kThrough);
    const Values& by_weight = found.parameters;
    Values& by_input = found.input;
    by_input.resize(input.size());  // empty where the output does not depend on the input
    double gradient = dot(by_weight, weight_step) + dot(by_input, input_step);
    gradient += dot(found.coefficients, coefficient_step);
    const auto slope = [&](double step) { return (value(step) - value(-step)) / (2 * step); };
    const double wide = slope(2e-6), narrow = slope(1e-6);
    const double scale = 1 + std::sqrt(dot(by_weight, by_weight) + dot(by_input, by_input));
    // Where the differences disagree among themselves, a ReLU or maximum switched in between or a variance is
    // tiny.
    if (!(std::abs(wide - narrow) < 1e-6 * scale)) continue;
    ++compared;
    CHECK(std::abs(gradient - narrow) < 1e-5 * scale);
  }
  CHECK(compared > 300);
}

TEST_CASE("spoiled encodings of random networks are refused or can be run") {
  constexpr int32_t kRounds = 4'000;
  Random random(2);
  int32_t refused = 0, ran = 0;
  for (int32_t round = 0; round < kRounds; ++round) {
    std::vector<int32_t> words = random_net(random, {.steps = 8, .size = 6}).encoded.words;
    for (int32_t change = random.integer(1, 2); change > 0; --change) {
      const size_t at = random.integer(2, static_cast<int32_t>(words.size()) - 1);
      words[at] = random.chance(0.5) ? words[at] + random.integer(-1, 1) : random.integer(-2, 9);
    }
    try {
      const Graph graph = decode_graph(words);
      if (graph.param_values > 100'000 || work(graph) > 100'000) continue;
      const Values coefficients(graph.slots, 1.0);
      const auto weights = random.weights<double>(graph);
      const auto input = random.normals<double>(2 * graph.nodes[graph.input].shape.size());
      reference::ntk(graph, coefficients, weights, input, 2, NtkMode::kBatch);
      reference::regions(graph, coefficients, weights, input, 2, 1);
      ++ran;
    } catch (const Error& error) {
      REQUIRE_MESSAGE((error.code() == "GRAPH_INVALID" || error.code() == "GRAPH_TOO_LARGE"), error.what());
      ++refused;
    }
  }
  CHECK(refused > kRounds / 3);
  CHECK(ran > kRounds / 10);
}
