// Losses and sums of gradients, by hand and by differences.
#include "tasks/loss.hpp"

#include <doctest/doctest.h>

#include <cmath>

#include "support/random.hpp"
#include "tasks/gradient_sums.hpp"
#include "train/pixel_loss.hpp"
#include "train/tiled_loss.hpp"

using namespace tenas;
using namespace tenas::test;

namespace {

constexpr int32_t kBatch = 4, kOutputs = 3;

void check_differences(const Loss& loss, int32_t which) {
  Random random(11);
  std::vector<double> logits = random.normals<double>(kBatch * kOutputs);
  const std::vector<int32_t> labels{2, 0, 1, 2};
  const std::vector<double> gradient = evaluate_loss(loss, which, logits, labels, kBatch).gradient;
  REQUIRE(gradient.size() == logits.size());
  for (size_t i = 0; i < logits.size(); ++i) {
    CAPTURE(i);
    const double middle = logits[i], step = 1e-5;
    const auto at = [&](double value) {
      logits[i] = value;
      return evaluate_loss(loss, which, logits, labels, kBatch).loss;
    };
    const double slope = (at(middle + step) - at(middle - step)) / (2 * step);
    logits[i] = middle;
    CHECK(gradient[i] == doctest::Approx(slope).epsilon(1e-8));
  }
}

}  // namespace

TEST_CASE("gradients of losses agree with differences") {
  Random random(12);
  const auto values = random.normals<float>(2 * kBatch * kOutputs);
  check_differences(CrossEntropy{}, 0);
  check_differences(CrossEntropy{0.1}, 0);
  check_differences(MeanSquares{values}, 1);
  check_differences(OutputSum{}, 0);
  check_differences(OutputGradient{values}, 1);
}

TEST_CASE("the loss of images in tiles is that of the sums of their blocks, and agrees with differences") {
  constexpr int32_t kTiles = 3, kImages = 5, kClasses = 4, kSamples = kTiles * kImages;
  Random random(13);
  std::vector<double> logits = random.normals<double>(kSamples * kTiles * kClasses);
  const std::vector<int32_t> labels{3, 0, 1, 2, 0};
  const CrossEntropy smooth{0.1};
  std::vector<double> sums(kImages * kClasses, 0.0);
  for (int32_t sample = 0; sample < kSamples; ++sample) {
    const int32_t tile = sample % kTiles, block = (sample * kTiles + tile) * kClasses;
    for (int32_t k = 0; k < kClasses; ++k) sums[sample / kTiles * kClasses + k] += logits[block + k];
  }
  const LossValue value = tiled_loss(smooth, kTiles, logits, labels, kSamples);
  const LossValue joined = evaluate_loss(smooth, 0, sums, labels, kImages);
  CHECK(value.loss == doctest::Approx(joined.loss).epsilon(1e-12));
  CHECK(value.correct == joined.correct);
  REQUIRE(value.gradient.size() == logits.size());
  for (size_t i = 0; i < logits.size(); ++i) {
    CAPTURE(i);
    const double middle = logits[i], step = 1e-5;
    const auto at = [&](double shifted) {
      logits[i] = shifted;
      return tiled_loss(smooth, kTiles, logits, labels, kSamples).loss;
    };
    const double slope = (at(middle + step) - at(middle - step)) / (2 * step);
    logits[i] = middle;
    CHECK(std::abs(value.gradient[i] - slope) < 1e-9);
  }
  const auto plain = std::span(logits).first(kBatch * kOutputs);
  const LossValue one = tiled_loss(CrossEntropy{}, 1, plain, std::vector<int32_t>{2, 0, 1, 2}, kBatch);
  CHECK(one.gradient ==
        evaluate_loss(CrossEntropy{}, 0, plain, std::vector<int32_t>{2, 0, 1, 2}, kBatch).gradient);
}

TEST_CASE("the loss of pixels is that of stretched maps, and agrees with differences") {
  constexpr int32_t kSamples = 2, kClasses = 3, kHeight = 5, kWidth = 7;
  const PixelMaps maps{{kClasses, 2, 3}, kHeight, kWidth};
  Random random(14);
  std::vector<double> logits = random.normals<double>(kSamples * maps.output.size());
  std::vector<int32_t> labels(kSamples * kHeight * kWidth);
  for (size_t i = 0; i < labels.size(); ++i) labels[i] = static_cast<int32_t>(i * 5 % 7 % kClasses);
  const CrossEntropy smooth{0.1};
  const LossValue value = pixel_loss(smooth, maps, logits, labels, kSamples);
  REQUIRE(value.gradient.size() == logits.size());
  for (size_t i = 0; i < logits.size(); ++i) {
    CAPTURE(i);
    const double middle = logits[i], step = 1e-5;
    const auto at = [&](double shifted) {
      logits[i] = shifted;
      return pixel_loss(smooth, maps, logits, labels, kSamples).loss;
    };
    const double slope = (at(middle + step) - at(middle - step)) / (2 * step);
    logits[i] = middle;
    CHECK(std::abs(value.gradient[i] - slope) < 1e-9);
  }
  // Between 0 and 2 lies 1; a map of the labels' size stays as it is.
  const std::vector<double> line{0, 2, 1, 1};
  const LossValue stretched =
      pixel_loss(CrossEntropy{}, {{2, 1, 2}, 1, 3}, line, std::vector<int32_t>{0, 0, 0}, 1);
  const double least = std::log(1 + std::exp(1.0)), middle = std::log(2.0),
               most = std::log(1 + std::exp(-1.0));
  CHECK(stretched.loss == doctest::Approx((least + middle + most) / 3));
  CHECK(stretched.correct == 2);
  const LossValue plain = pixel_loss(CrossEntropy{}, {{2, 1, 2}, 1, 2}, line, std::vector<int32_t>{0, 0}, 1);
  CHECK(plain.loss == doctest::Approx((least + most) / 2));
}

TEST_CASE("losses by hand") {
  const std::vector<double> logits{0, std::log(3.0), 1000, 0};
  const std::vector<int32_t> labels{0, 0};
  const LossValue plain = evaluate_loss(CrossEntropy{}, 0, logits, labels, 2);
  CHECK(plain.loss == doctest::Approx(std::log(4.0) / 2));
  CHECK(plain.correct == 1);
  CHECK(plain.gradient[0] == doctest::Approx((0.25 - 1) / 2));
  CHECK(plain.gradient[2] == doctest::Approx(0));
  // Half of the target goes to the other class.
  const LossValue smooth =
      evaluate_loss(CrossEntropy{1}, 0, std::vector<double>{0, 0}, std::vector<int32_t>{1}, 1);
  CHECK(smooth.loss == doctest::Approx(std::log(2.0)));
  CHECK(smooth.gradient[0] == doctest::Approx(0));
  // The second batch's targets.
  CHECK(evaluate_loss(MeanSquares{{9, 9, 1, 2}}, 1, std::vector<double>{2, 4}, {}, 1).loss ==
        doctest::Approx(2.5));
  CHECK(evaluate_loss(OutputSum{}, 0, std::vector<double>{2, 4, 5}, {}, 3).loss == doctest::Approx(11));
  CHECK(evaluate_loss(OutputGradient{{2, -1}}, 0, std::vector<double>{2, 4}, {}, 2).loss ==
        doctest::Approx(0));
  // Of equal outputs the first is the answer.
  const std::vector<double> equal{1, 1};
  CHECK(evaluate_loss(OutputSum{}, 0, equal, std::vector<int32_t>{0}, 1).correct == 1);
  CHECK(evaluate_loss(OutputSum{}, 0, equal, std::vector<int32_t>{1}, 1).correct == 0);
}

TEST_CASE("sums of a gradient by hand") {
  Graph graph;
  graph.params.resize(2);
  graph.params[0].size = 2;
  graph.params[1].size = 1;
  graph.params[1].offset = 2;
  graph.param_values = 3;
  const std::vector<double> weights{2, -1, 3};
  const auto weight = [&](size_t i) { return weights[i]; };
  // Gradients of two batches; means: 2, -2, 5; deviations: 1, 0, 5.
  const std::vector<double> gradients{1, -2, 0, 3, -2, 10};
  CHECK(gradient_sums(graph, gradients, 2, weight) == std::vector<double>{4, 8, 6, 6, 2, 5, 25, 15, 15, 1});
  CHECK(gradient_sums(graph, std::span(gradients).first(3), 1, weight) ==
        std::vector<double>{3, 5, 4, 4, 0, 0, 0, 0, 0, 0});
}
