// Training on a device against the reference training: on the host executor, or with TENAS_TEST_DEVICE=cuda
// on a real device.
#include <doctest/doctest.h>

#include <atomic>

#include "base/error.hpp"
#include "cuda/training.hpp"
#include "support/device_run.hpp"
#include "support/requests.hpp"
#include "support/training_runs.hpp"
#include "train/snapshot.hpp"

using namespace tenas;
using namespace tenas::test;

namespace {

/// A network in training on the real device, or on a host executor.
class DeviceTrainer {
 public:
  DeviceTrainer(const Graph& graph, const TrainingSettings& settings, const TrainingState& state,
                uint64_t seed = 1)
      : host_(seed),
        plan_(graph, engine::Purpose::kDirect),
        training_(
            cuda::make_training(on_real_device() ? cuda::cuda_device() : host_, plan_, settings, state)) {}
  Training& training() { return *training_; }

 private:
  HostDevice host_;
  engine::Plan plan_;
  std::unique_ptr<Training> training_;
};

RandomNet small_net() {
  GraphBuilder b;
  const int32_t stem =
      b.relu(b.batch_norm(b.conv(b.input({3, 6, 6}), {.out = 4, .kernel = {3, 3}, .padding = {1, 1}})));
  const int32_t conv = b.batch_norm(b.conv(stem, {.out = 4, .kernel = {3, 3}, .padding = {1, 1}}));
  const int32_t head = b.linear(b.global_avg_pool(conv), 3);
  const int32_t output = b.linear(b.global_avg_pool(b.relu(b.mix({{conv, b.slot()}, {stem, b.slot()}}))), 3);
  return {b.encode(output), b.build(output), {0.5, 0.5}, {head}};
}

std::vector<uint8_t> bytes_of(const Graph& graph, const TrainingSettings& settings, Training& training) {
  return write_snapshot(graph, settings.optimiser, training.state());
}

}  // namespace

TEST_CASE("device training is as close to the reference over several steps as rounding allows") {
  Random random(75);
  int32_t steady = 0;
  for (int32_t round = 0; round < 30; ++round) {
    CAPTURE(round);
    const RandomNet net = random_net(random);
    const TrainingSettings settings = random_settings(random, net.graph);
    const Course course(net.graph, net.coefficients, random, 50);
    const auto weights = random.weights<float>(net.graph);
    const Run expected = plain_run(net.graph, settings, weights, course);
    const double noise = distance(plain_run(net.graph, settings, weights, course, 1e-6), expected);
    if (noise > 1e-3) continue;
    ++steady;
    DeviceTrainer device(net.graph, settings, TrainingState(net.graph, settings.optimiser, weights));
    CHECK(distance(run(device.training(), net.graph, course), expected) < 1e-5 + 100 * noise);
  }
  CHECK(steady > 10);
}

TEST_CASE("device training drops paths and values, and trains heads, as closely as rounding allows") {
  Random random(78);
  int32_t steady = 0, dropping = 0;
  for (int32_t round = 0; round < 40; ++round) {
    CAPTURE(round);
    const RandomNet net = random_net(random, RandomLimits{.heads = random.integer(0, 2)});
    TrainingSettings settings = random_settings(random, net.graph);
    settings.additions = random_additions(random, net);
    settings.head_weights = random_weights(random, settings.additions);
    const Course course(net.graph, net.coefficients, random, 50, settings.additions);
    const auto weights = random.weights<float>(net.graph);
    const Run expected = plain_run(net.graph, settings, weights, course);
    const double noise = distance(plain_run(net.graph, settings, weights, course, 1e-6), expected);
    if (noise > 1e-3) continue;
    ++steady;
    if (!settings.additions.drop_path.empty() && !settings.additions.dropout.empty()) ++dropping;
    DeviceTrainer device(net.graph, settings, TrainingState(net.graph, settings.optimiser, weights));
    CHECK(distance(run(device.training(), net.graph, course), expected) < 1e-5 + 100 * noise);
  }
  CHECK(steady > 10);
  CHECK(dropping > 5);
}

TEST_CASE(
    "device training of a cell as DARTS has it: batch norms with drop path, dropout, an auxiliary head") {
  GraphBuilder b;
  const int32_t stem =
      b.relu(b.batch_norm(b.conv(b.input({3, 5, 7}), {.out = 4, .kernel = {3, 3}, .padding = {1, 1}})));
  const int32_t left = b.batch_norm(b.conv(stem, {.out = 4, .kernel = {3, 3}, .padding = {1, 1}}));
  const int32_t right = b.batch_norm(b.conv(stem, {.out = 4}));
  const int32_t cell = b.concat({b.mix({{left, -1}, {stem, b.slot()}}), right});
  const int32_t head = b.linear(b.global_avg_pool(b.relu(cell)), 3);
  const int32_t pooled = b.global_avg_pool(cell);
  const Graph graph = b.build(b.linear(pooled, 3));
  Random random(79);
  for (int32_t round = 0; round < 4; ++round) {
    CAPTURE(round);
    TrainingSettings settings = random_settings(random, graph);
    settings.additions = {.drop_path = {left, right}, .dropout = {pooled}, .heads = {head}};
    settings.head_weights = {0.4};
    const Course course(graph, {0.7}, random, 40, settings.additions);
    const auto weights = random.weights<float>(graph);
    const Run expected = plain_run(graph, settings, weights, course);
    const double noise = distance(plain_run(graph, settings, weights, course, 1e-6), expected);
    REQUIRE(noise < 1e-3);
    DeviceTrainer device(graph, settings, TrainingState(graph, settings.optimiser, weights));
    CHECK(distance(run(device.training(), graph, course), expected) < 1e-5 + 100 * noise);
  }
}

TEST_CASE("device training has the same bits every time, and after a snapshot") {
  Random random(76);
  for (int32_t round = 0; round < 4; ++round) {
    const RandomNet net = small_net();
    const Graph& graph = net.graph;
    TrainingSettings settings = random_settings(random, graph);
    settings.additions = random_additions(random, net);
    settings.head_weights = random_weights(random, settings.additions);
    const TrainingState start(graph, settings.optimiser, random.weights<float>(graph));
    const Course before(graph, net.coefficients, random, 40, settings.additions),
        after(graph, net.coefficients, random, 40, settings.additions);
    DeviceTrainer one(graph, settings, start, 1), other(graph, settings, start, 2);
    run(one.training(), graph, before);
    run(other.training(), graph, before);
    const std::vector<uint8_t> middle = bytes_of(graph, settings, one.training());
    CHECK(bytes_of(graph, settings, other.training()) == middle);
    DeviceTrainer resumed(graph, settings, read_snapshot(graph, settings.optimiser, middle), 3);
    other.training().restore(read_snapshot(graph, settings.optimiser, middle));
    run(one.training(), graph, after);
    run(other.training(), graph, after);
    run(resumed.training(), graph, after);
    CHECK(bytes_of(graph, settings, resumed.training()) == bytes_of(graph, settings, one.training()));
    CHECK(bytes_of(graph, settings, other.training()) == bytes_of(graph, settings, one.training()));
  }
}

TEST_CASE("a step on a device that leaves the finite numbers, or is cancelled, leaves the state as it was") {
  const Graph graph = small_net().graph;
  Random random(77);
  const TrainingSettings settings = random_settings(random, graph);
  auto weights = random.weights<float>(graph);
  const Sample sample(graph, random, 5);
  const auto labels = sample.labels(3);
  const std::vector<double> coefficients = {1, 1};
  const TrainingBatch batch{sample.inputs, labels, coefficients, 5};
  const auto refused = [&](const CancelFlag& cancel) -> std::string {
    DeviceTrainer device(graph, settings, TrainingState(graph, settings.optimiser, weights));
    std::string code;
    try {
      device.training().step(batch, {.learning_rate = 1}, run_serially, cancel);
    } catch (const Error& error) {
      code = error.code();
    }
    CHECK(device.training().state().values == std::vector<double>(weights.begin(), weights.end()));
    CHECK(device.training().state().steps == 0);
    return code;
  };
  const std::atomic<bool> cancelled = true;
  CHECK(refused(CancelFlag(&cancelled)) == "CANCELLED");
  for (float& weight : weights) weight *= 1e30F;
  CHECK(refused(CancelFlag()) == "NOT_FINITE");
}
