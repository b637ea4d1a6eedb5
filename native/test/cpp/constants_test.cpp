// The task `constants`: networks all of whose weights have one value.
#include <doctest/doctest.h>

#include "graph/equal_channels.hpp"
#include "support/compare.hpp"
#include "support/random_graph.hpp"

using namespace tenas;
using namespace tenas::test;

namespace {

ConstantsAnswer constants(const Graph& graph, const Sample& sample, const std::vector<double>& coefficients,
                          std::vector<double> weights, std::string_view isa = "double") {
  return Compiled(graph, isa, engine::Purpose::kForward)
      .answer<ConstantsAnswer>(sample, coefficients, ConstantsTask{std::move(weights)});
}

/// The outputs for the k-th of some weights.
std::vector<double> outputs_of(const ConstantsAnswer& answer, size_t k) {
  const size_t size = answer.outputs.size() / answer.exponents.size();
  std::vector<double> values;
  for (size_t i = 0; i < size; ++i) {
    values.push_back(std::ldexp(answer.outputs[k * size + i], answer.exponents[k]));
  }
  return values;
}

/// `blocks` times a convolution, a batch norm and an activation, then a classifier.
Graph deep_net(int32_t blocks, Activation function = Activation::kRelu6) {
  GraphBuilder b;
  int32_t x = b.input({2, 5, 4});
  for (int32_t k = 0; k < blocks; ++k) {
    const int32_t conv = b.conv(x, {.out = 3, .kernel = {3, 3}, .padding = {1, 1}, .bias = true});
    x = b.activation(b.batch_norm(conv), function);
  }
  return b.build(b.linear(b.global_avg_pool(x), 3));
}

}  // namespace

TEST_CASE("networks of constant weights equal the reference's") {
  Random random(80);
  int32_t compared = 0, left_out = 0;
  for (int32_t round = 0; round < 300; ++round) {
    CAPTURE(round);
    const RandomNet net = random_net(random);
    const Sample sample(net.graph, random, random.integer(2, 9));
    const std::vector<double> weights{1e-7, 1, -0.5};
    const ConstantsTask task{weights};
    const auto answer = [&](double nudge) {
      return std::get<ConstantsAnswer>(
          reference_answers(net.graph, sample, net.coefficients, {task}, nudge)[0]);
    };
    const ConstantsAnswer expected = answer(0), nudged = answer(1e-13);
    const ConstantsAnswer found = constants(net.graph, sample, net.coefficients, weights);
    for (size_t k = 0; k < weights.size(); ++k) {
      CAPTURE(k);
      const std::vector<double> wanted = outputs_of(expected, k);
      const double size = largest(wanted);
      // What a nudge of the inputs moves more than rounding should is decided by rounding alone.
      if (size < 1e-250 || relative_error(outputs_of(nudged, k), wanted) > 1e-9) {
        ++left_out;
        continue;
      }
      ++compared;
      CHECK(relative_error(outputs_of(found, k), wanted) < 1e-8);
    }
  }
  CHECK(compared > 3 * left_out);
}

TEST_CASE("constant weights on every instruction set, with and without a branch") {
  GraphBuilder b;
  const int32_t in = b.input({3, 6, 5});
  const int32_t slot = b.slot();
  const int32_t stem = b.batch_norm(b.conv(in, {.out = 4, .kernel = {3, 3}, .padding = {1, 1}}));
  const int32_t conv = b.batch_norm(b.conv(b.relu(stem), {.out = 4}));
  const Graph graph =
      b.build(b.linear(b.global_avg_pool(b.relu(b.batch_norm(b.mix({{stem, -1}, {conv, slot}})))), 2));
  Random random(81);
  const Sample sample(graph, random, 21);
  const std::vector<double> weights{0.01, 2};
  auto isas = engine::available_isas();
  isas.push_back("double");
  for (const double coefficient : {0.0, -1.5}) {
    const std::vector<double> coefficients{coefficient};
    const auto expected = std::get<ConstantsAnswer>(
        reference_answers(graph, sample, coefficients, {ConstantsTask{weights}})[0]);
    for (const std::string_view isa : isas) {
      CAPTURE(isa);
      const ConstantsAnswer found = constants(graph, sample, coefficients, weights, isa);
      for (size_t k = 0; k < weights.size(); ++k) {
        CHECK(relative_error(outputs_of(found, k), outputs_of(expected, k)) < 1e-10);
      }
    }
  }
}

TEST_CASE("outputs below the range of double precision keep their digits") {
  Random random(82);
  const Graph deep = deep_net(60);
  const Sample sample(deep, random, 7);
  const std::vector<double> weights{1e-7};
  // The reference has no room below 1e-308.
  const auto reference =
      std::get<ConstantsAnswer>(reference_answers(deep, sample, {}, {ConstantsTask{weights}})[0]);
  CHECK(largest(reference.outputs) == 0);
  const ConstantsAnswer found = constants(deep, sample, {}, weights);
  CHECK(found.exponents[0] < -2000);
  CHECK(std::isfinite(largest(found.outputs)));
  CHECK(largest(found.outputs) > 0);
  // Far below the offset, a batch norm is a factor: outputs for weights w and w 2^-k are in proportion.
  const ConstantsAnswer smaller = constants(deep, sample, {}, {std::ldexp(1e-7, -4)});
  const double ratio = largest(found.outputs) / largest(smaller.outputs);
  for (size_t i = 0; i < found.outputs.size(); ++i) {
    CHECK(found.outputs[i] == doctest::Approx(ratio * smaller.outputs[i]).epsilon(1e-9));
  }
  CHECK(found.exponents[0] > smaller.exponents[0]);
}

TEST_CASE("small values pass activations as their limit at 0 does") {
  Random random(84);
  for (const Activation function : {Activation::kRelu6, Activation::kSwish, Activation::kHardSwish}) {
    CAPTURE(static_cast<int32_t>(function));
    const Graph net = deep_net(23, function);
    const Sample sample(net, random, 5);
    const std::vector<double> weights{1e-7};
    const auto expected =
        std::get<ConstantsAnswer>(reference_answers(net, sample, {}, {ConstantsTask{weights}})[0]);
    CHECK(largest(expected.outputs) < 1e-190);
    CHECK(largest(expected.outputs) > 1e-290);
    CHECK(relative_error(outputs_of(constants(net, sample, {}, weights), 0), expected.outputs) < 1e-9);
  }
}

TEST_CASE("a network without a live path gives zeros") {
  GraphBuilder b;
  const int32_t in = b.input({2, 3, 3});
  const int32_t slot = b.slot();
  const int32_t dead = b.mix({{b.conv(in, {.out = 2}), slot}});
  const Graph graph = b.build(b.linear(b.global_avg_pool(b.relu(b.batch_norm(dead))), 2));
  Random random(83);
  const Sample sample(graph, random, 4);
  const ConstantsAnswer found = constants(graph, sample, {0.0}, {1e-7, 1});
  CHECK(found.outputs == std::vector<double>(16, 0.0));
  CHECK(found.exponents == std::vector<int32_t>{0, 0});
}

TEST_CASE("channels are equal where the same channels are summed equally often") {
  GraphBuilder b;
  const int32_t in = b.input({3, 4, 4});
  const int32_t conv = b.conv(in, {.out = 6, .kernel = {3, 3}, .padding = {1, 1}});
  const int32_t depthwise = b.conv(in, {.out = 6, .groups = 3});
  const int32_t sum = b.mix({{conv, -1}, {depthwise, -1}});
  const Graph graph = b.build(b.concat({sum, conv}));
  const auto classes = equal_channels(graph, {}, std::vector<bool>(graph.nodes.size(), true));
  CHECK(classes[in].count() == 3);
  CHECK(classes[conv].count() == 1);
  CHECK(classes[depthwise].of == std::vector<int32_t>{0, 0, 1, 1, 2, 2});
  CHECK(classes[sum].of == classes[depthwise].of);
  CHECK(classes[graph.output].of == std::vector<int32_t>{0, 0, 1, 1, 2, 2, 3, 3, 3, 3, 3, 3});
  CHECK(class_counts(classes[sum], 1, 4) == std::vector<int32_t>{1, 2, 1});
}
