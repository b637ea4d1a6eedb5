// The task `gradient` of the fast engine against the reference engine on random networks.
#include <doctest/doctest.h>

#include "runtime/request.hpp"
#include "support/compare.hpp"
#include "support/gradient_tasks.hpp"
#include "support/random_graph.hpp"

using namespace tenas;
using namespace tenas::test;

namespace {

constexpr int32_t kNets = 150;
}  // namespace

TEST_CASE("in double precision the fast gradient equals the reference") {
  Random random(50);
  int32_t steady_cases = 0, other_cases = 0;
  for (int32_t round = 0; round < kNets; ++round) {
    CAPTURE(round);
    const RandomNet net = random_net(random);
    Compiled fast(net.graph, "double");
    for (int32_t i = 0; i < 2; ++i) {
      const Sample sample(net.graph, random, random.integer(1, 9), random.integer(1, 3));
      const std::vector<Task> tasks = gradient_tasks(random, net.graph, sample);
      const auto expected = reference_answers(net.graph, sample, net.coefficients, tasks);
      // Where the gradient is 0 but for rounding, or rounding decides whether a ReLU is active (a plane
      // without variance, a mix that cancels), there is nothing to compare: a nudge shows it.
      const auto moved = reference_answers(net.graph, sample, net.coefficients, tasks, 1e-13);
      const auto found = fast.answers(sample, net.coefficients, tasks);
      for (size_t k = 0; k < tasks.size(); ++k) {
        CAPTURE(k);
        const Errors made = errors(found[k], expected[k], expected[k % 2]),
                     noise = errors(moved[k], expected[k], expected[k % 2]);
        ++(noise.exact < 1e-9 && noise.single < kSingle ? steady_cases : other_cases);
        CHECK(made.exact < 1e-9 + 100 * noise.exact);
        CHECK(made.single < kSingle + 100 * noise.single);
      }
    }
  }
  CHECK(steady_cases > 20 * other_cases);
}

TEST_CASE("in single precision every instruction set's gradient is as close as rounding allows") {
  for (const std::string_view isa : engine::available_isas()) {
    CAPTURE(isa);
    Random random(51);
    for (int32_t round = 0; round < kNets / 3; ++round) {
      CAPTURE(round);
      const RandomNet net = random_net(random);
      const Sample sample(net.graph, random, random.integer(2, 19), random.integer(1, 2));
      const std::vector<Task> tasks = gradient_tasks(random, net.graph, sample);
      // What a change of inputs and coefficients by 1e-6 does bounds what rounding may do.
      Sample nudged = sample;
      for (float& value : nudged.inputs) value += 1e-6f * static_cast<float>(random.normal());
      std::vector<double> coefficients = net.coefficients;
      for (double& value : coefficients) value *= 1 + 1e-6 * random.normal();
      Compiled fast(net.graph, isa), exact(net.graph, "double");
      const auto expected = exact.answers(sample, net.coefficients, tasks);
      const auto moved = exact.answers(nudged, coefficients, tasks);
      const auto jolted = reference_answers(net.graph, sample, net.coefficients, tasks, 1e-13);
      const auto found = fast.answers(sample, net.coefficients, tasks);
      for (size_t k = 0; k < tasks.size(); ++k) {
        CAPTURE(k);
        const Errors made = errors(found[k], expected[k], expected[k % 2]),
                     slack = errors(moved[k], expected[k], expected[k % 2]);
        const Errors noise = errors(jolted[k], expected[k], expected[k % 2]);
        if (noise.exact > 1e-9 || noise.single > kSingle) continue;
        CHECK(made.exact <= 2e-5 + 100 * slack.exact);
        CHECK(made.single <= 2e-5 + 100 * slack.single);
      }
    }
  }
}

TEST_CASE("a gradient is only of what is asked for") {
  Random random(52);
  const RandomNet net = random_net(random);
  const Sample sample(net.graph, random, 5);
  const auto answer = [&](const GradientTargets& of, Reduce reduce) {
    Compiled fast(net.graph, "double");
    return fast.answer<GradientAnswer>(
        sample, net.coefficients, GradientTask{CrossEntropy{}, GradientStatistics::kThrough, of, reduce, 1});
  };
  const GradientAnswer all = answer({true, true, true}, Reduce::kValues);
  const GradientAnswer parameters = answer({.parameters = true}, Reduce::kValues);
  CHECK(parameters.parameters == all.parameters);
  CHECK(parameters.coefficients.empty());
  CHECK(parameters.input.empty());
  const GradientAnswer coefficients = answer({.coefficients = true}, Reduce::kValues);
  CHECK(relative_error(coefficients.coefficients, all.coefficients) < 1e-12);
  CHECK(coefficients.parameters.empty());
  const GradientAnswer input = answer({.input = true}, Reduce::kSums);
  CHECK(relative_error(input.input, all.input) < kSingle);
  CHECK(input.sums.empty());
  const GradientAnswer none = answer({}, Reduce::kSums);
  CHECK(none.loss == all.loss);
  CHECK(none.correct == all.correct);
  CHECK(none.logits == all.logits);
}

TEST_CASE("the last sum weighs the mean size of a gradient against its deviation over batches") {
  Random random(53);
  GraphBuilder b;
  const int32_t stem = b.conv(b.input({2, 5, 5}), {.out = 4, .kernel = {3, 3}});
  const Graph graph = b.build(b.linear(b.global_avg_pool(b.relu(b.batch_norm(stem))), 3));
  const Sample sample(graph, random, 6, 3);
  const GradientTask task{
      CrossEntropy{}, GradientStatistics::kThrough, {.parameters = true}, Reduce::kSums, 3};
  Compiled fast(graph, "double");
  const auto found = fast.answer<GradientAnswer>(sample, {}, task);
  const auto expected = std::get<GradientAnswer>(reference_answers(graph, sample, {}, {task})[0]);
  CHECK(expected.sums[4] > 0);
  CHECK(relative_error(found.sums, expected.sums) < 1e-7);
}

TEST_CASE("a gradient without normalisation that leaves single precision is found in double") {
  // Each layer multiplies by at least 1e3 x 4: 14 of them are beyond 3.4e38.
  GraphBuilder b;
  int32_t node = b.input({4, 2, 2});
  for (int32_t layer = 0; layer < 14; ++layer) {
    node = b.relu(b.batch_norm(b.conv(node, {.out = 4, .kernel = {1, 1}})));
  }
  Program program(b.build(b.linear(b.global_avg_pool(node), 3)));
  Random random(54);
  std::vector<float> weights(program.graph().param_values);
  for (float& value : weights) value = 1e3f * (1 + std::abs(static_cast<float>(random.normal())));
  const auto gradient = [&](Reduce reduce, const GradientTargets& of) {
    return GradientTask{OutputSum{}, GradientStatistics::kNone, of, reduce, 1};
  };
  Request request;
  request.tasks = {gradient(Reduce::kSums, {.parameters = true}), ForwardTask{},
                   gradient(Reduce::kValues, {.input = true})};
  request.batch = 1;
  request.repeats = {{std::vector<float>(16, 1.0f), {}, weights}};
  request.candidate_count = 1;
  Request plain = request;
  plain.reference = true;
  const std::vector<Answer> expected = evaluate(program, plain).evaluations[0];
  for (const std::string_view isa : engine::available_isas()) {
    CAPTURE(isa);
    request.isa = isa;
    validate(program, request);
    const std::vector<Answer> found = evaluate(program, request).evaluations[0];
    const auto& sums = std::get<GradientAnswer>(found[0]);
    const auto& exact = std::get<GradientAnswer>(expected[0]);
    CHECK(exact.loss > 1e38);
    CHECK(relative_error(std::vector{sums.loss}, std::vector{exact.loss}) < 1e-9);
    CHECK(relative_error(sums.sums, exact.sums) < 1e-9);
    // Tasks that do not overflow keep the answers of single precision.
    CHECK(relative_error(std::get<ForwardAnswer>(found[1]).logits,
                         std::get<ForwardAnswer>(expected[1]).logits) < 1e-4);
  }
}
