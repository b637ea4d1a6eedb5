// Batches of one sample each that go through the network side by side, against the reference engine.
#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>

#include "runtime/request.hpp"
#include "support/gradient_tasks.hpp"
#include "support/random_graph.hpp"
#include "support/requests.hpp"
#include "tasks/gradient_sums.hpp"

using namespace tenas;
using namespace tenas::test;

namespace {

/// Constant statistics first, for the size of a gradient; then those that batches of one sample go through.
std::vector<Task> constant_tasks(const Loss& loss, int32_t batches) {
  GradientTask task{loss, GradientStatistics::kConstant, {true, true, true}, Reduce::kValues, batches};
  std::vector<Task> tasks = {task};
  task.reduce = Reduce::kSums;
  tasks.push_back(task);
  return tasks;
}
std::vector<Task> single_tasks(const Loss& loss, int32_t batches) {
  std::vector<Task> tasks;
  for (const Reduce reduce : {Reduce::kValues, Reduce::kSums, Reduce::kSigns}) {
    tasks.push_back(GradientTask{loss, GradientStatistics::kThrough, {true, true, true}, reduce, batches});
  }
  return tasks;
}

/// The signs of an answer to single_tasks are those of its values.
void check_signs(const std::vector<Answer>& found, const Graph& graph) {
  const auto& values = std::get<GradientAnswer>(found[0]).parameters;
  const std::vector<double> wide(values.begin(), values.end());
  CHECK(std::get<GradientAnswer>(found[2]).signs == gradient_signs(wide, graph.param_values));
  CHECK(std::get<GradientAnswer>(found[1]).signs.empty());
}

}  // namespace

TEST_CASE("in double precision single samples side by side have the reference's gradients") {
  Random random(60);
  int32_t steady_cases = 0, other_cases = 0;
  for (int32_t round = 0; round < 60; ++round) {
    CAPTURE(round);
    const RandomNet net = random_net(random);
    Compiled fast(net.graph, "double");
    const int32_t batches = random.integer(2, 11);
    const Sample sample(net.graph, random, 1, batches);
    const Loss loss = random_loss(random, net.graph, sample);
    const std::vector<Task> constant_of = constant_tasks(loss, batches), tasks = single_tasks(loss, batches);
    const auto constant = reference_answers(net.graph, sample, net.coefficients, constant_of);
    const auto expected = reference_answers(net.graph, sample, net.coefficients, tasks);
    const auto moved = reference_answers(net.graph, sample, net.coefficients, tasks, 1e-13);
    const auto found = fast.single_answers(sample, net.coefficients, tasks);
    for (size_t k = 0; k < 2; ++k) {
      CAPTURE(k);
      const Errors made = errors(found[k], expected[k], constant[k]),
                   noise = errors(moved[k], expected[k], constant[k]);
      ++(noise.exact < 1e-9 && noise.single < kSingle ? steady_cases : other_cases);
      CHECK(made.exact < 1e-9 + 100 * noise.exact);
      CHECK(made.single < kSingle + 100 * noise.single);
    }
    CHECK(std::get<GradientAnswer>(found[0]).correct == std::get<GradientAnswer>(expected[0]).correct);
    check_signs(found, net.graph);
    check_signs(expected, net.graph);
  }
  CHECK(steady_cases > 20 * other_cases);
}

TEST_CASE("in single precision single samples are as close one by one as side by side") {
  for (const std::string_view isa : engine::available_isas()) {
    CAPTURE(isa);
    Random random(61);
    for (int32_t round = 0; round < 30; ++round) {
      CAPTURE(round);
      const RandomNet net = random_net(random);
      const int32_t batches = random.integer(2, 37);
      const Sample sample(net.graph, random, 1, batches);
      const Loss loss = random_loss(random, net.graph, sample);
      const std::vector<Task> constant_of = constant_tasks(loss, batches),
                              tasks = single_tasks(loss, batches);
      Sample nudged = sample;
      for (float& value : nudged.inputs) value += 1e-6f * static_cast<float>(random.normal());
      std::vector<double> coefficients = net.coefficients;
      for (double& value : coefficients) value *= 1 + 1e-6 * random.normal();
      Compiled fast(net.graph, isa), exact(net.graph, "double");
      const auto constant = exact.answers(sample, net.coefficients, constant_of);
      const auto expected = exact.answers(sample, net.coefficients, tasks);
      const auto moved = exact.answers(nudged, coefficients, tasks);
      const auto jolted = reference_answers(net.graph, sample, net.coefficients, tasks, 1e-13);
      const auto found = fast.single_answers(sample, net.coefficients, tasks);
      for (size_t k = 0; k < 2; ++k) {
        CAPTURE(k);
        const Errors made = errors(found[k], expected[k], constant[k]),
                     slack = errors(moved[k], expected[k], constant[k]),
                     noise = errors(jolted[k], expected[k], constant[k]);
        if (noise.exact > 1e-9 || noise.single > kSingle) continue;
        CHECK(made.exact <= 2e-5 + 100 * slack.exact);
        CHECK(made.single <= 2e-5 + 100 * slack.single);
      }
      check_signs(found, net.graph);
    }
  }
}

TEST_CASE("a request of single samples has the answers of samples side by side, and NaN stays in signs") {
  Random random(62);
  GraphBuilder b;
  const int32_t stem = b.conv(b.input({2, 5, 5}), {.out = 4, .kernel = {3, 3}});
  Program program(b.build(b.linear(b.global_avg_pool(b.relu(b.batch_norm(stem))), 3)));
  const GradientTask task{
      CrossEntropy{}, GradientStatistics::kThrough, {.parameters = true}, Reduce::kSigns, 19};
  Request one = request(program, task, 1, 1, 1);
  const Request given = one;
  Request plain = one;
  plain.reference = true;
  const auto signs = [&](const Request& asked) {
    validate(program, asked);
    return std::get<GradientAnswer>(evaluate(program, asked).evaluations[0][0]).signs;
  };
  CHECK(signs(given) == signs(plain));
  CHECK(largest(signs(given)) > 1);
  std::vector<float> weights = weights_of(program, one.repeats[0].weights);
  const Graph& graph = program.graph();
  const auto last = std::find_if(graph.params.begin(), graph.params.end(),
                                 [](const Param& param) { return param.kind == ParamKind::kLinearWeight; });
  REQUIRE(last != graph.params.end());
  weights[last->offset] = NAN;
  one.repeats[0].weights = weights;
  const std::vector<float> spoiled = signs(one);
  CHECK(std::isnan(spoiled[last->offset]));
  for (const float sign : spoiled) CHECK((std::isnan(sign) || sign == 0));
}
