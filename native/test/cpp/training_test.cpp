// Training on the fast engine against the reference training.
#include <doctest/doctest.h>

#include <cmath>
#include <memory>
#include <string>
#include <vector>

#include "cpu/training.hpp"
#include "support/compare.hpp"
#include "support/random_graph.hpp"
#include "support/training_runs.hpp"

using namespace tenas;
using namespace tenas::test;

namespace {

Run fast_run(const Graph& graph, std::string_view isa, const TrainingSettings& settings,
             const std::vector<float>& weights, const Course& course) {
  const engine::Plan plan(graph, engine::Purpose::kTraining);
  const auto engine = engine::make_engine(plan, isa);
  const auto training =
      engine::make_training(plan, *engine, settings, TrainingState(graph, settings.optimiser, weights));
  return run(*training, graph, course);
}

/// Compares a run in single precision with the reference. Returns whether there was something to compare.
bool compare_in_single(const Graph& graph, std::string_view isa, const TrainingSettings& settings,
                       const std::vector<float>& weights, const Course& course) {
  const Run expected = plain_run(graph, settings, weights, course);
  const double noise = distance(plain_run(graph, settings, weights, course, 1e-6), expected);
  if (noise > 1e-3) return false;
  CHECK(distance(fast_run(graph, isa, settings, weights, course), expected) < 1e-5 + 100 * noise);
  return true;
}

}  // namespace

TEST_CASE("in double precision training equals the reference over several steps") {
  Random random(70);
  int32_t steady = 0, others = 0;
  for (int32_t round = 0; round < 120; ++round) {
    CAPTURE(round);
    const RandomNet net = random_net(random);
    const TrainingSettings settings = random_settings(random, net.graph);
    const Course course(net.graph, net.coefficients, random, 21);
    const auto weights = random.weights<float>(net.graph);
    const Run expected = plain_run(net.graph, settings, weights, course);
    // Where rounding decides whether a ReLU is active there is nothing to compare: a nudge shows it.
    const double noise = distance(plain_run(net.graph, settings, weights, course, 1e-13), expected);
    ++(noise < 1e-9 ? steady : others);
    CHECK(distance(fast_run(net.graph, "double", settings, weights, course), expected) < 1e-9 + 100 * noise);
  }
  CHECK(steady > 5 * others);
}

TEST_CASE("in double precision drop path, dropout and heads equal the reference") {
  Random random(74);
  int32_t steady = 0, others = 0, dropping = 0;
  for (int32_t round = 0; round < 200; ++round) {
    CAPTURE(round);
    const RandomNet net = random_net(random, RandomLimits{.heads = random.integer(0, 2)});
    TrainingSettings settings = random_settings(random, net.graph);
    settings.additions = random_additions(random, net);
    settings.head_weights = random_weights(random, settings.additions);
    const Course course(net.graph, net.coefficients, random, 21, settings.additions);
    const auto weights = random.weights<float>(net.graph);
    const Run expected = plain_run(net.graph, settings, weights, course);
    const double noise = distance(plain_run(net.graph, settings, weights, course, 1e-13), expected);
    ++(noise < 1e-9 ? steady : others);
    if (!settings.additions.drop_path.empty() && !settings.additions.dropout.empty()) ++dropping;
    CHECK(distance(fast_run(net.graph, "double", settings, weights, course), expected) < 1e-9 + 100 * noise);
  }
  CHECK(steady > 5 * others);
  CHECK(dropping > 30);
}

TEST_CASE("in single precision every instruction set trains as closely as rounding allows") {
  for (const std::string_view isa : engine::available_isas()) {
    CAPTURE(isa);
    Random random(71);
    int32_t steady = 0;
    for (int32_t round = 0; round < 30; ++round) {
      CAPTURE(round);
      const RandomNet net = random_net(random);
      const TrainingSettings settings = random_settings(random, net.graph);
      const Course course(net.graph, net.coefficients, random, 50);
      steady += compare_in_single(net.graph, isa, settings, random.weights<float>(net.graph), course);
    }
    CHECK(steady > 10);
  }
}

TEST_CASE("in single precision every instruction set drops paths and values, and trains heads") {
  for (const std::string_view isa : engine::available_isas()) {
    CAPTURE(isa);
    Random random(75);
    int32_t steady = 0;
    for (int32_t round = 0; round < 40; ++round) {
      CAPTURE(round);
      const RandomNet net = random_net(random, RandomLimits{.heads = 1});
      TrainingSettings settings = random_settings(random, net.graph);
      settings.additions = random_additions(random, net);
      settings.head_weights = random_weights(random, settings.additions);
      const Course course(net.graph, net.coefficients, random, 50, settings.additions);
      steady += compare_in_single(net.graph, isa, settings, random.weights<float>(net.graph), course);
    }
    CHECK(steady > 10);
  }
}

TEST_CASE("a step that leaves the finite numbers is refused and leaves the state as it was") {
  Random random(73);
  for (const bool normalised : {true, false}) {
    CAPTURE(normalised);
    GraphBuilder b;
    int32_t node = b.conv(b.input({3, 6, 6}), {.out = 4});
    if (normalised) node = b.batch_norm(node);
    const Graph graph = b.build(b.linear(b.global_avg_pool(b.relu(b.conv(b.relu(node), {.out = 4}))), 3));
    const TrainingSettings settings = random_settings(random, graph);
    auto weights = random.weights<float>(graph);
    for (float& weight : weights) weight *= 1e30F;
    const engine::Plan plan(graph, engine::Purpose::kTraining);
    const auto engine = engine::make_engine(plan, "");
    const auto training =
        engine::make_training(plan, *engine, settings, TrainingState(graph, settings.optimiser, weights));
    Sample sample(graph, random, 5);
    for (float& value : sample.inputs) value *= 1e15F;
    const auto labels = sample.labels(3);
    const TrainingBatch batch{sample.inputs, labels, {}, 5};
    try {
      training->step(batch, {.learning_rate = 1}, run_serially, CancelFlag());
      FAIL("was not refused");
    } catch (const Error& error) {
      CHECK(error.code() == "NOT_FINITE");
    }
    CHECK(training->state().values == std::vector<double>(weights.begin(), weights.end()));
    CHECK(training->state().steps == 0);
  }
}

TEST_CASE("a step that was cancelled leaves the state as it was") {
  Random random(72);
  GraphBuilder b;
  const Graph graph =
      b.build(b.linear(b.global_avg_pool(b.relu(b.batch_norm(b.conv(b.input({3, 6, 6}), {.out = 4})))), 3));
  const TrainingSettings settings = random_settings(random, graph);
  const auto weights = random.weights<float>(graph);
  const engine::Plan plan(graph, engine::Purpose::kTraining);
  const auto engine = engine::make_engine(plan, "");
  const auto training =
      engine::make_training(plan, *engine, settings, TrainingState(graph, settings.optimiser, weights));
  const Sample sample(graph, random, 5);
  const auto labels = sample.labels(3);
  const TrainingBatch batch{sample.inputs, labels, {}, 5};
  const std::atomic<bool> cancelled = true;
  CHECK_THROWS_AS(training->step(batch, {.learning_rate = 1}, run_serially, CancelFlag(&cancelled)), Error);
  CHECK(training->state().values == std::vector<double>(weights.begin(), weights.end()));
  CHECK(training->state().steps == 0);
}
