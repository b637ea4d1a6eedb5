// Optimisers, running statistics and snapshots on their own, by hand.
#include <doctest/doctest.h>

#include <array>
#include <cmath>
#include <cstring>
#include <string>

#include "base/error.hpp"
#include "support/graph_builder.hpp"
#include "train/running_statistics.hpp"
#include "train/snapshot.hpp"

using namespace tenas;
using namespace tenas::test;

namespace {

/// One weight, of a linear layer.
struct OneWeight {
  Graph graph;
  Optimiser optimiser;
  TrainingState state;

  OneWeight(OptimiserKind kind, double momentum, bool nesterov, double decay)
      : graph(make_graph()),
        optimiser(make_optimiser(kind, momentum, nesterov, decay)),
        state(graph, optimiser, std::vector<float>{2}) {}

  static Graph make_graph() {
    GraphBuilder b;
    return b.build(b.linear(b.input({1, 1, 1}), 1, false));
  }
  static Optimiser make_optimiser(OptimiserKind kind, double momentum, bool nesterov, double decay) {
    Optimiser made;
    made.kind = kind;
    made.momentum = momentum;
    made.nesterov = nesterov;
    made.weight_decay = {decay};
    made.rate = {1};
    return made;
  }
  void step(double gradient, bool touched = true) {
    update_parameters(graph, optimiser, {touched}, std::vector<double>{gradient}, 1, 0.1, state);
  }
  double value() const { return state.values[0]; }
};

std::string code_of(const Graph& graph, const Optimiser& optimiser, std::span<const uint8_t> bytes) {
  try {
    read_snapshot(graph, optimiser, bytes);
  } catch (const Error& error) {
    return error.code();
  }
  return "";
}

}  // namespace

TEST_CASE("SGD adds decay to the gradient and starts its velocity with it") {
  OneWeight plain(OptimiserKind::kSgd, 0.9, false, 0.5);
  plain.step(3);
  CHECK(plain.value() == doctest::Approx(2 - 0.1 * 4));
  plain.step(1);  // g = 1 + 0.5 * 1.6, v = 0.9 * 4 + g
  CHECK(plain.value() == doctest::Approx(1.6 - 0.1 * (0.9 * 4 + 1.8)));
  OneWeight nesterov(OptimiserKind::kSgd, 0.9, true, 0);
  nesterov.step(3);
  CHECK(nesterov.value() == doctest::Approx(2 - 0.1 * (3 + 0.9 * 3)));
}

TEST_CASE("Adam's first step is the rate, whatever the gradient's size; AdamW decays apart from it") {
  OneWeight adam(OptimiserKind::kAdam, 0, false, 0);
  adam.step(1e-3);
  CHECK(adam.value() == doctest::Approx(2 - 0.1).epsilon(1e-4));
  OneWeight decayed(OptimiserKind::kAdam, 0, false, 0.5);
  decayed.step(-0.25);  // with decay 0.75
  CHECK(decayed.value() == doctest::Approx(2 - 0.1));
  OneWeight apart(OptimiserKind::kAdamW, 0, false, 0.5);
  apart.step(-0.25);
  CHECK(apart.value() == doctest::Approx(2 * (1 - 0.05) + 0.1));
}

TEST_CASE("a parameter that no path touched stays, or decays once it was touched") {
  OneWeight keep(OptimiserKind::kSgd, 0.9, false, 0.5);
  keep.step(3);
  const double before = keep.value();
  keep.step(7, false);
  CHECK(keep.value() == before);
  CHECK(keep.state.updates[0] == 1);
  OneWeight decay(OptimiserKind::kSgd, 0.9, false, 0.5);
  decay.optimiser.untouched = Untouched::kDecay;
  decay.step(7, false);
  CHECK(decay.value() == 2);
  decay.step(3);
  decay.step(7, false);  // v = 0.9 * 4 + 0.5 * 1.6
  CHECK(decay.value() == doctest::Approx(1.6 - 0.1 * (0.9 * 4 + 0.8)));
}

TEST_CASE("running statistics take a tenth of the batch's, with the unbiased variance") {
  GraphBuilder b;
  const int32_t input = b.input({1, 2, 1});
  const Graph graph = b.build(b.batch_norm(input, {.scale = false, .shift = false}));
  Optimiser optimiser;
  TrainingState state(graph, optimiser, std::vector<float>{1, 2});
  const double count = values_per_channel(graph, 1, 2);
  CHECK(count == 4);
  move_statistics(graph, 1, 0, 0.1, 3, 6, count, state);
  CHECK(state.values[0] == doctest::Approx(0.9 * 1 + 0.1 * 3));
  CHECK(state.values[1] == doctest::Approx(0.9 * 2 + 0.1 * 8));
}

TEST_CASE("a snapshot gives the state back to the bit and refuses damage") {
  OneWeight one(OptimiserKind::kAdam, 0, false, 0.1);
  one.step(1.0 / 3);
  const auto bytes = write_snapshot(one.graph, one.optimiser, one.state);
  const TrainingState back = read_snapshot(one.graph, one.optimiser, bytes);
  CHECK(back.values == one.state.values);
  CHECK(back.first == one.state.first);
  CHECK(back.second == one.state.second);
  CHECK(back.updates == one.state.updates);
  for (size_t i = 0; i < bytes.size(); ++i) {
    auto damaged = bytes;
    damaged[i] ^= 0x10;
    CHECK(code_of(one.graph, one.optimiser, damaged) == "SNAPSHOT_INVALID");
    CHECK(code_of(one.graph, one.optimiser, std::span(bytes).first(i)) == "SNAPSHOT_INVALID");
  }
  Optimiser other = one.optimiser;
  other.kind = OptimiserKind::kSgd;
  CHECK(code_of(one.graph, other, bytes) == "SNAPSHOT_INVALID");
}

TEST_CASE("a snapshot is of one network, whose parameters another may share") {
  const auto network = [](const ConvOptions& options, int32_t mixed_with, double eps) {
    GraphBuilder b;
    const int32_t image = b.input({2, 6, 6});
    const int32_t conv = b.conv(image, options);
    const int32_t norm = b.batch_norm(conv, {.eps = eps});
    const int32_t slot = b.slot();
    const std::array<int32_t, 3> others = {image, conv, norm};
    const int32_t mix = b.mix({{norm, -1}, {others[mixed_with], slot}});
    return b.build(b.linear(b.global_avg_pool(mix), 3));
  };
  const ConvOptions plain{.out = 2, .kernel = {3, 3}, .padding = {1, 1}};
  const ConvOptions dilated{.out = 2, .kernel = {3, 3}, .padding = {2, 2}, .dilation = {2, 2}};
  const Graph graph = network(plain, 1, 1e-5);
  Optimiser optimiser;
  const TrainingState state(graph, optimiser, std::vector<float>(graph.param_values, 1));
  const auto bytes = write_snapshot(graph, optimiser, state);
  CHECK(code_of(network(plain, 1, 1e-5), optimiser, bytes) == "");
  CHECK(code_of(network(dilated, 1, 1e-5), optimiser, bytes) == "SNAPSHOT_INVALID");
  CHECK(code_of(network(plain, 0, 1e-5), optimiser, bytes) == "SNAPSHOT_INVALID");
  CHECK(code_of(network(plain, 2, 1e-5), optimiser, bytes) == "SNAPSHOT_INVALID");
  CHECK(code_of(network(plain, 1, 1e-3), optimiser, bytes) == "SNAPSHOT_INVALID");
}

TEST_CASE("a snapshot that goes on after its end is refused") {
  const OneWeight one(OptimiserKind::kSgd, 0, false, 0);
  auto bytes = write_snapshot(one.graph, one.optimiser, one.state);
  bytes.insert(bytes.end() - 8, 8, 0);
  uint64_t checksum = 0xcbf29ce484222325;
  for (size_t i = 0; i + 8 < bytes.size(); ++i) checksum = (checksum ^ bytes[i]) * 0x100000001b3;
  std::memcpy(bytes.data() + bytes.size() - 8, &checksum, 8);
  CHECK_THROWS_WITH_AS(read_snapshot(one.graph, one.optimiser, bytes), "the snapshot goes on after its end",
                       Error);
}
