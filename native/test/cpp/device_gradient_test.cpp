// The task `gradient` as device kernels against the reference engine in double precision: on the host
// executor, or with TENAS_TEST_DEVICE=cuda on a real device.
#include <doctest/doctest.h>

#include "base/error.hpp"
#include "runtime/evaluate_cuda.hpp"
#include "support/device_run.hpp"
#include "support/gradient_tasks.hpp"
#include "support/random_graph.hpp"
#include "support/requests.hpp"

using namespace tenas;
using namespace tenas::test;

namespace {

constexpr int32_t kNets = 40;

/// Checks all gradients of a sample, as close to the reference as rounding allows.
void check_gradients(const Graph& graph, std::span<const double> coefficients, Random& random, int32_t batch,
                     int32_t batches) {
  const Sample sample(graph, random, batch, batches);
  const std::vector<Task> tasks = gradient_tasks(random, graph, sample);
  // What a change of inputs and coefficients by 1e-6 does bounds what rounding may do.
  Sample nudged = sample;
  for (float& value : nudged.inputs) value += 1e-6f * static_cast<float>(random.normal());
  std::vector<double> moved_coefficients(coefficients.begin(), coefficients.end());
  for (double& value : moved_coefficients) value *= 1 + 1e-6 * random.normal();
  const auto expected = reference_answers(graph, sample, coefficients, tasks);
  const auto moved = reference_answers(graph, nudged, moved_coefficients, tasks);
  // Where a gradient is 0 but for rounding there is nothing to compare.
  const auto jolted = reference_answers(graph, sample, coefficients, tasks, 1e-13);
  OnDevice device(graph);
  for (size_t k = 0; k < tasks.size(); ++k) {
    CAPTURE(k);
    const Answer found = device.gradient(sample, coefficients, std::get<GradientTask>(tasks[k]));
    const Errors noise = errors(jolted[k], expected[k], expected[k % 2]);
    if (noise.exact > 1e-9 || noise.single > kSingle) continue;
    const Errors made = errors(found, expected[k], expected[k % 2]),
                 slack = errors(moved[k], expected[k], expected[k % 2]);
    CHECK(made.exact <= 2e-5 + 100 * slack.exact);
    CHECK(made.single <= 2e-5 + 100 * slack.single);
    CHECK(std::get<GradientAnswer>(found).parameters.empty() ==
          std::get<GradientAnswer>(expected[k]).parameters.empty());
  }
}

}  // namespace

TEST_CASE("device gradients are as close to the reference on random networks as rounding allows") {
  Random random(61);
  for (int32_t round = 0; round < kNets; ++round) {
    CAPTURE(round);
    const RandomNet net = random_net(random);
    check_gradients(net.graph, net.coefficients, random, random.integer(2, 40), random.integer(1, 3));
  }
}

TEST_CASE("device gradients of batches that leave lanes empty, from one sample to beyond two warps") {
  for (const int32_t batch : {1, 31, 32, 33, 65}) {
    CAPTURE(batch);
    GraphBuilder b;
    int32_t node = b.conv(b.input({2, 4, 3}), {.out = 3, .kernel = {3, 3}, .padding = {1, 1}, .bias = true});
    node = b.relu(b.batch_norm(node));
    node = b.mix({{b.conv(node, {.out = 3}), b.slot()}, {b.batch_norm(b.conv(node, {.out = 3})), b.slot()}});
    node = b.activation(b.select(b.batch_norm(node), {2, 0}), Activation::kSwish);
    node = b.scale(node, b.activation(b.global_avg_pool(node), Activation::kHardSigmoid));
    const Graph graph = b.build(b.linear(b.global_avg_pool(node), 3));
    Random random(62);
    check_gradients(graph, std::vector{0.5, -0.7}, random, batch, 2);
  }
}

TEST_CASE("device gradients of a map whose sums over pixels are divided") {
  GraphBuilder b;
  const int32_t node = b.conv(b.input({1, 17, 66}), {.out = 2, .kernel = {3, 3}, .padding = {1, 1}});
  const Graph graph = b.build(b.linear(b.global_avg_pool(b.relu(b.batch_norm(node))), 2));
  Random random(65);
  check_gradients(graph, {}, random, 33, 1);
}

TEST_CASE("device gradients of graphs without operations, without parameters, of nothing") {
  Random random(63);
  GraphBuilder only_input;
  check_gradients(only_input.build(only_input.input({2, 3, 1})), {}, random, 3, 1);
  GraphBuilder b;
  check_gradients(b.build(b.global_avg_pool(b.relu(b.input({2, 3, 3})))), {}, random, 3, 2);
  const RandomNet net = random_net(random);
  const Sample sample(net.graph, random, 5);
  const GradientTask nothing{CrossEntropy{}, GradientStatistics::kThrough, {}, Reduce::kSums, 1};
  const auto found = OnDevice(net.graph).gradient(sample, net.coefficients, nothing);
  const auto expected =
      std::get<GradientAnswer>(reference_answers(net.graph, sample, net.coefficients, {nothing})[0]);
  CHECK(relative_error(std::vector{found.loss}, std::vector{expected.loss}) < 1e-4);
  CHECK(found.correct == expected.correct);
  CHECK(found.sums.empty());
  CHECK(found.parameters.empty());
  CHECK(found.input.empty());
}

TEST_CASE("the last of a tensor's sums on a device weighs a gradient against its deviation over batches") {
  Random random(64);
  GraphBuilder b;
  const int32_t stem = b.conv(b.input({2, 5, 5}), {.out = 4, .kernel = {3, 3}});
  const Graph graph = b.build(b.linear(b.global_avg_pool(b.relu(b.batch_norm(stem))), 3));
  const Sample sample(graph, random, 6, 3);
  const GradientTask task{
      CrossEntropy{}, GradientStatistics::kThrough, {.parameters = true}, Reduce::kSums, 3};
  const auto found = OnDevice(graph).gradient(sample, {}, task);
  const auto expected = std::get<GradientAnswer>(reference_answers(graph, sample, {}, {task})[0]);
  CHECK(expected.sums[4] > 0);
  CHECK(relative_error(found.sums, expected.sums) < 1e-3);
}

TEST_CASE("host executor: a gradient has the same bits in any order of threads and any portion of memory") {
  GraphBuilder b;
  const int32_t stem =
      b.relu(b.batch_norm(b.conv(b.input({3, 8, 8}), {.out = 4, .kernel = {3, 3}, .padding = {1, 1}})));
  const int32_t conv =
      b.batch_norm(b.conv(stem, {.out = 4, .kernel = {3, 3}, .padding = {1, 1}, .bias = true}));
  Program program(
      b.build(b.linear(b.global_avg_pool(b.relu(b.mix({{conv, b.slot()}, {stem, b.slot()}}))), 3)));
  for (const GradientStatistics statistics : kGradientStatistics) {
    for (const Reduce reduce : {Reduce::kValues, Reduce::kSums, Reduce::kSigns}) {
      CAPTURE(static_cast<int>(statistics));
      const Request asked = request(
          program, GradientTask{CrossEntropy{0.1}, statistics, {true, true, true}, reduce, 2}, 3, 3, 35);
      HostDevice ample(1);
      const auto expected = evaluate_cuda(ample, program, asked);
      int32_t smaller = 0;
      size_t capacity = ample.peak_bytes();
      for (bool fits = true; fits; capacity = capacity * 2 / 3) {
        HostDevice scarce(2, capacity);
        try {
          const auto found = evaluate_cuda(scarce, program, asked);
          CHECK(same(found, expected));
          ++smaller;
        } catch (const Error& error) {
          CHECK(error.code() == "OUT_OF_MEMORY");
          fits = false;
        }
      }
      CHECK(smaller >= 2);
    }
  }
}

TEST_CASE("a gradient without normalisation that leaves single precision on a device is found in double") {
  GraphBuilder b;
  int32_t node = b.input({4, 2, 2});
  for (int32_t layer = 0; layer < 14; ++layer) node = b.relu(b.batch_norm(b.conv(node, {.out = 4})));
  Program program(b.build(b.linear(b.global_avg_pool(node), 3)));
  Request asked;
  asked.tasks = {
      GradientTask{OutputSum{}, GradientStatistics::kNone, {.parameters = true}, Reduce::kSums, 1}};
  asked.batch = 1;
  asked.repeats = {
      {std::vector<float>(16, 1.0f), {}, std::vector<float>(program.graph().param_values, 1e3f)}};
  asked.candidate_count = 1;
  HostDevice host(1);
  const auto found = std::get<GradientAnswer>(evaluate_cuda(host, program, asked)[0][0]);
  asked.reference = true;
  const auto expected = std::get<GradientAnswer>(answers(program, asked)[0][0]);
  CHECK(expected.loss > 1e38);
  CHECK(relative_error(std::vector{found.loss}, std::vector{expected.loss}) < 1e-9);
  CHECK(relative_error(found.sums, expected.sums) < 1e-9);
}
