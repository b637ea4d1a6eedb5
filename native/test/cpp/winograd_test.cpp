// Convolutions by Winograd's algorithm: forward, and the gradients by weights and input, against the
// reference.
#include <doctest/doctest.h>

#include "support/compare.hpp"
#include "support/graph_builder.hpp"

using namespace tenas;
using namespace tenas::test;
using engine::Plan;
using engine::Purpose;

namespace {

/// Two convolutions that read the same map and meet in a sum, so that gradients by the map are added up. No
/// ReLU: rounding must not decide anything.
Graph twin(const Shape& map, int32_t channels, int32_t groups, bool bias) {
  GraphBuilder b;
  const int32_t stem = b.conv(b.input({2, map.h, map.w}), {.out = map.c, .bias = true});
  const ConvOptions options{
      .out = channels, .kernel = {3, 3}, .padding = {1, 1}, .groups = groups, .bias = bias};
  const int32_t left = b.conv(stem, options), right = b.batch_norm(b.conv(stem, options));
  return b.build(b.conv(b.mix({{left, b.slot()}, {right, b.slot()}}), {.out = 3, .kernel = {map.h, map.w}}));
}

struct Case {
  Shape map;
  int32_t channels, groups;
};
// Tiles of 2 and 4 in both passes and in the weights' gradient, ranges that are not full, few and many
// channels.
constexpr Case kCases[] = {{{8, 2, 2}, 8, 1},   {{8, 4, 4}, 12, 1},  {{16, 6, 10}, 8, 1}, {{12, 8, 8}, 16, 1},
                           {{8, 16, 16}, 8, 1}, {{8, 4, 32}, 20, 1}, {{16, 8, 4}, 16, 2}, {{24, 18, 6}, 8, 1},
                           {{64, 8, 8}, 64, 1}, {{8, 32, 32}, 16, 1}};

/// Largest relative difference of losses, outputs and gradients from the reference's.
double deviation(const Case& own, std::string_view isa, int32_t batch, bool bias, Random& random) {
  const Graph graph = twin(own.map, own.channels, own.groups, bias);
  const Sample sample(graph, random, batch);
  const std::vector<double> coefficients{0.7, -1.3};
  const std::vector<Task> tasks{GradientTask{.loss = MeanSquares{random.normals<float>(3 * batch)},
                                             .statistics = GradientStatistics::kConstant,
                                             .of = {true, true, true}}};
  Compiled fast(graph, isa, Purpose::kTraining);
  const auto found = std::get<GradientAnswer>(fast.answers(sample, coefficients, tasks)[0]);
  const auto expected = std::get<GradientAnswer>(reference_answers(graph, sample, coefficients, tasks)[0]);
  return std::max({relative_error(found.logits, expected.logits),
                   relative_error(found.parameters, expected.parameters),
                   relative_error(found.input, expected.input),
                   relative_error(found.coefficients, expected.coefficients)});
}

}  // namespace

TEST_CASE("Winograd's algorithm runs where it saves work, for training alone") {
  const auto tiles = [](const Shape& map, const ConvOptions& options, Purpose purpose) {
    GraphBuilder b;
    const Graph graph = b.build(b.conv(b.input(map), options));
    return Plan(graph, purpose).convs[0].winograd;
  };
  const ConvOptions plain{.out = 8, .kernel = {3, 3}, .padding = {1, 1}};
  CHECK(tiles({8, 8, 12}, plain, Purpose::kTraining) == 4);
  CHECK(tiles({8, 6, 8}, plain, Purpose::kTraining) == 2);
  CHECK(tiles({8, 8, 12}, plain, Purpose::kGradient) == 0);
  CHECK(tiles({8, 8, 12}, plain, Purpose::kForward) == 0);
  CHECK(tiles({8, 7, 8}, plain, Purpose::kTraining) == 0);
  CHECK(tiles({4, 8, 8}, plain, Purpose::kTraining) == 0);
  CHECK(tiles({10, 8, 8}, plain, Purpose::kTraining) == 0);
  ConvOptions other = plain;
  other.stride = {2, 2};
  CHECK(tiles({8, 8, 8}, other, Purpose::kTraining) == 0);
  other = plain;
  other.dilation = other.padding = {2, 2};
  CHECK(tiles({8, 8, 8}, other, Purpose::kTraining) == 0);
  other = plain;
  other.groups = 2;
  CHECK(tiles({8, 8, 8}, other, Purpose::kTraining) == 0);
}

TEST_CASE("Winograd's algorithm gives the reference's outputs and gradients") {
  Random random(81);
  for (const Case& own : kCases) {
    for (const bool bias : {false, true}) {
      CAPTURE(own.map.c);
      CAPTURE(own.map.h);
      // Answers leave the engine in single precision.
      CHECK(deviation(own, "double", random.integer(1, 9), bias, random) < 2e-7);
    }
  }
  for (const std::string_view isa : engine::available_isas()) {
    CAPTURE(isa);
    for (const Case& own : kCases) {
      CAPTURE(own.map.c);
      CAPTURE(own.map.h);
      CHECK(deviation(own, isa, random.integer(1, 33), true, random) < 2e-5);
    }
  }
}
