// The task `curvature`: the Hessian times the weights.
#include <doctest/doctest.h>

#include <numeric>

#include "support/compare.hpp"
#include "support/gradient_tasks.hpp"
#include "support/random_graph.hpp"
#include "tasks/loss.hpp"

using namespace tenas;
using namespace tenas::test;

namespace {

constexpr int32_t kNets = 300;
/// Products are of this size at least, unless rounding is all there is.
constexpr double kSmallest = 1e-12;

/// Branches, shrinking maps, groups, a bias, squeeze-and-excitation. All that bends is in it if `bends`.
Graph small_net(bool bends) {
  GraphBuilder b;
  const auto bend = [&](int32_t node) {
    return bends ? b.relu(node) : b.activation(node, Activation::kSwish);
  };
  const int32_t stem =
      bend(b.batch_norm(b.conv(b.input({2, 7, 5}), {.out = 4, .kernel = {3, 3}, .padding = {1, 1}})));
  const int32_t gate = b.activation(b.conv(b.global_avg_pool(stem), {.out = 4, .bias = true}),
                                    bends ? Activation::kHardSigmoid : Activation::kSigmoid);
  const int32_t scaled = b.scale(stem, gate);
  const int32_t conv = b.batch_norm(b.conv(
      scaled,
      {.out = 4, .kernel = {3, 3}, .stride = {2, 2}, .padding = {1, 1}, .dilation = {1, 1}, .groups = 2}));
  const PoolOptions window{.kernel = {3, 3}, .stride = {2, 2}, .padding = {1, 1}};
  const int32_t pool = bends ? b.max_pool(scaled, window) : b.avg_pool(scaled, window);
  const int32_t both =
      b.concat({bend(b.mix({{conv, -1}, {pool, -1}})), b.conv(pool, {.out = 3, .bias = true})});
  return b.build(b.linear(b.global_avg_pool(bend(both)), 3));
}

double sum(const std::vector<double>& values) {
  return std::accumulate(values.begin(), values.end(), 0.0);
}

const std::vector<double>& products(const std::vector<Answer>& answers) {
  return std::get<CurvatureAnswer>(answers[0]).products;
}

std::vector<double> random_direction(Random& random, const Graph& graph, const ParameterSet& set) {
  std::vector<double> direction(graph.param_values, 0.0);
  for (size_t id = 0; id < graph.params.size(); ++id) {
    const Param& param = graph.params[id];
    for (int64_t i = 0; set[id] && i < param.size; ++i) direction[param.offset + i] = random.normal();
  }
  return direction;
}

}  // namespace

TEST_CASE("the reference's Hessian is the derivative of its gradient") {
  const Graph graph = small_net(false);
  Random random(80);
  const Sample sample(graph, random, 7);
  const auto labels = sample.labels(output_values(graph));
  const std::vector<double> weights = sample.weights64(), inputs = sample.inputs64();
  const std::vector<double> direction = random_direction(random, graph, trainable_parameters(graph));
  const auto gradient_at = [&](double step) {
    std::vector<double> moved = weights;
    for (size_t i = 0; i < moved.size(); ++i) moved[i] += step * direction[i];
    const auto activations = reference::forward(graph, {}, moved, inputs, sample.batch, Statistics::kBatch);
    const LossValue loss =
        evaluate_loss(CrossEntropy{}, 0, activations.node[graph.output], labels, sample.batch);
    return reference::backward(graph, {}, moved, activations, loss.gradient, sample.batch,
                               GradientStatistics::kThrough)
        .parameters;
  };
  double loss = 0;
  const std::vector<Dual> found =
      reference::hessian_product(graph, {}, weights, direction, inputs, labels, CurvatureTask{}, &loss);
  constexpr double kStep = 1e-4;
  const std::vector<double> here = gradient_at(0), right = gradient_at(kStep), left = gradient_at(-kStep);
  const std::vector<double> further = gradient_at(2 * kStep), back = gradient_at(-2 * kStep);
  std::vector<double> values, derivatives, expected;
  for (size_t i = 0; i < found.size(); ++i) {
    values.push_back(found[i].value);
    derivatives.push_back(found[i].derivative);
    expected.push_back((8 * (right[i] - left[i]) - (further[i] - back[i])) / (12 * kStep));
  }
  CHECK(relative_error(values, here) < 1e-12);
  CHECK(largest(expected) > 1e-3);
  CHECK(relative_error(derivatives, expected) < 1e-8);
}

TEST_CASE("the products add up to the weights times the Hessian's product with the gradient") {
  Random random(81);
  for (const bool bends : {false, true}) {
    CAPTURE(bends);
    const Graph graph = small_net(bends);
    const Sample sample(graph, random, 9);
    const auto labels = sample.labels(output_values(graph));
    const std::vector<double> weights = sample.weights64(), inputs = sample.inputs64();
    const ParameterSet layers = layer_weights(graph);
    for (const double temperature : {1.0, 3.0}) {
      const CurvatureTask task{temperature};
      const std::vector<double> none(weights.size(), 0.0);
      const auto still = reference::hessian_product(graph, {}, weights, none, inputs, labels, task);
      std::vector<double> direction(weights.size(), 0.0);
      for (size_t id = 0; id < graph.params.size(); ++id) {
        const Param& param = graph.params[id];
        for (int64_t i = param.offset; layers[id] && i < param.offset + param.size; ++i) {
          direction[i] = still[i].value;
        }
      }
      const auto moving = reference::hessian_product(graph, {}, weights, direction, inputs, labels, task);
      double expected = 0;
      for (size_t i = 0; i < weights.size(); ++i) {
        if (direction[i] != 0) expected += weights[i] * moving[i].derivative;
      }
      const double found = sum(products(reference_answers(graph, sample, {}, {task})));
      CHECK(std::abs(expected) > 1e-6);
      CHECK(std::abs(found - expected) < 1e-10 * std::abs(expected));
    }
  }
}

TEST_CASE("the loss of logits that are divided by the temperature") {
  Random random(82);
  const std::vector<double> logits = random.normals<double>(12);
  const std::vector<int32_t> labels{2, 0, 1, 1};
  std::vector<Dual> moving;
  std::vector<double> cooled;
  for (const double logit : logits) {
    moving.push_back(logit);
    cooled.push_back(logit / 5);
  }
  const DualLoss found = curvature_loss(CurvatureTask{5}, moving, labels);
  const LossValue expected = evaluate_loss(CrossEntropy{}, 0, cooled, labels, 4);
  CHECK(found.loss == doctest::Approx(expected.loss).epsilon(1e-14));
  for (size_t i = 0; i < logits.size(); ++i) {
    CHECK(found.gradient[i].value == doctest::Approx(expected.gradient[i] / 5).epsilon(1e-12));
    CHECK(found.gradient[i].derivative == 0);
  }
}

TEST_CASE("in double precision the fast curvature equals the reference's") {
  Random random(83);
  int32_t steady_cases = 0, other_cases = 0;
  for (int32_t round = 0; round < kNets; ++round) {
    CAPTURE(round);
    const RandomNet net = random_net(random);
    const Sample sample(net.graph, random, random.integer(1, 9));
    const std::vector<Task> tasks{CurvatureTask{random.chance(0.5) ? 1 : 0.5 + 3.5 * random.uniform()}};
    const auto expected = reference_answers(net.graph, sample, net.coefficients, tasks);
    const auto nudged = reference_answers(net.graph, sample, net.coefficients, tasks, 1e-13);
    const auto found = Compiled(net.graph, "double").answers(sample, net.coefficients, tasks);
    // Where products cancel, or rounding decides whether a ReLU is active, a nudge shows it.
    const double noise = relative_error(products(nudged), products(expected), kSmallest);
    ++(noise < 1e-9 ? steady_cases : other_cases);
    CHECK(relative_error(products(found), products(expected), kSmallest) < 1e-8 + 1000 * noise);
    CHECK(std::get<CurvatureAnswer>(found[0]).loss ==
          doctest::Approx(std::get<CurvatureAnswer>(expected[0]).loss).epsilon(1e-8 + 1000 * noise));
  }
  CHECK(steady_cases > 4 * other_cases);
}

TEST_CASE("in single precision the curvature of every instruction set is close") {
  Random random(84);
  for (const std::string_view isa : engine::available_isas()) {
    CAPTURE(isa);
    for (const bool bends : {false, true}) {
      CAPTURE(bends);
      const Graph graph = small_net(bends);
      for (const int32_t batch : {1, 5, 19}) {
        CAPTURE(batch);
        const Sample sample(graph, random, batch);
        const std::vector<Task> tasks{CurvatureTask{}};
        const auto expected = reference_answers(graph, sample, {}, tasks);
        const auto found = Compiled(graph, isa).answers(sample, {}, tasks);
        CHECK(relative_error(products(found), products(expected)) < 1e-4);
      }
    }
  }
}

TEST_CASE("the curvature leaves the answers of other tasks alone") {
  const Graph graph = small_net(true);
  Random random(85);
  const Sample sample(graph, random, 11);
  const GradientTask gradient{CrossEntropy{}, GradientStatistics::kThrough, {.parameters = true}};
  Compiled compiled(graph, "");
  const auto alone = compiled.answers(sample, {}, {gradient});
  const auto beside = compiled.answers(sample, {}, {CurvatureTask{}, gradient, CurvatureTask{}});
  const auto again = compiled.answers(sample, {}, {gradient});
  const auto& parameters = std::get<GradientAnswer>(alone[0]).parameters;
  CHECK(std::get<GradientAnswer>(beside[1]).parameters == parameters);
  CHECK(std::get<GradientAnswer>(again[0]).parameters == parameters);
  CHECK(std::get<CurvatureAnswer>(beside[0]).products == std::get<CurvatureAnswer>(beside[2]).products);
}
