// The weight generator: known answers, distributions, and independence of everything but seed, repeat, key
// and index.
#include <doctest/doctest.h>

#include <algorithm>
#include <array>
#include <bit>
#include <cmath>

#include "base/philox.hpp"
#include "parameters/blocks/blocks.hpp"
#include "parameters/init.hpp"
#include "parameters/values.hpp"
#include "support/graph_builder.hpp"

using namespace tenas;
using namespace tenas::test;

namespace {

constexpr Init kInits[] = {Init::kKaimingFanIn, Init::kKaimingFanOut, Init::kPytorch, Init::kNormal};

std::vector<float> generate(const Graph& graph, uint64_t seed, uint32_t repeat, Init init) {
  std::vector<float> values(graph.param_values, NAN);
  generate_weights(graph, seed, repeat, init, values);
  return values;
}

std::span<const float> values_of(const Graph& graph, const std::vector<float>& values, size_t param) {
  return std::span(values).subspan(graph.params[param].offset, graph.params[param].size);
}

/// Parameters: grouped convolution with bias, batch norm, linear with bias.
Graph sample() {
  GraphBuilder b;
  const int32_t conv =
      b.conv(b.input({4, 5, 5}), {.out = 6, .kernel = {3, 2}, .padding = {1, 1}, .groups = 2, .bias = true});
  return b.build(b.linear(b.global_avg_pool(b.batch_norm(conv)), 9));
}
enum : size_t { kConvWeight, kConvBias, kScale, kShift, kMean, kVariance, kLinearWeight, kLinearBias };

/// One linear weight of 200 x 1,000 values, big enough for statistics.
Graph wide() {
  GraphBuilder b;
  return b.build(b.linear(b.input({1000, 1, 1}), 200, false));
}

double probability(uint64_t seed, uint32_t repeat, uint64_t key, size_t i) {
  const auto random = philox4x32(
      {static_cast<uint32_t>(i / 2), repeat, static_cast<uint32_t>(key), static_cast<uint32_t>(key >> 32)},
      {static_cast<uint32_t>(seed), static_cast<uint32_t>(seed >> 32)});
  const uint64_t bits = uint64_t{random[2 * (i % 2) + 1]} << 32 | random[2 * (i % 2)];
  return (static_cast<double>(bits >> 12) + 0.5) * 0x1p-52;
}

}  // namespace

TEST_CASE("Philox gives the published answers") {
  using Block = std::array<uint32_t, 4>;
  CHECK(philox4x32({0, 0, 0, 0}, {0, 0}) == Block{0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8});
  CHECK(philox4x32({~0u, ~0u, ~0u, ~0u}, {~0u, ~0u}) ==
        Block{0x408f276d, 0x41c83b0e, 0xa20bc7c6, 0x6d5451fd});
  CHECK(philox4x32({0x243f6a88, 0x85a308d3, 0x13198a2e, 0x03707344}, {0xa4093822, 0x299f31d0}) ==
        Block{0xd16cfe09, 0x94fdcceb, 0x5001e420, 0x24126ea1});
}

TEST_CASE("normal weights are the quantiles of the generator's uniform numbers") {
  const Graph graph = wide();
  const std::vector<float> values = generate(graph, 0x1234567890abcdefu, 3, Init::kKaimingFanIn);
  const double deviation = std::sqrt(2.0 / 1000);
  double furthest = 0;
  for (size_t i = 0; i < values.size(); ++i) {
    const double p = probability(0x1234567890abcdefu, 3, graph.params[0].key, i);
    // The smaller tail, where the distribution function keeps its relative precision.
    const double z = values[i] / deviation;
    const double tail = 0.5 * std::erfc(std::abs(z) / std::sqrt(2.0));
    REQUIRE((z < 0) == (p < 0.5));
    // Rounding z to float moves the tail by about z^2 * 6e-8 of itself.
    REQUIRE(tail == doctest::Approx(std::min(p, 1 - p)).epsilon(1e-5).scale(0));
    furthest = std::max(furthest, std::abs(z));
  }
  CHECK(furthest > 4);
}

TEST_CASE("each instruction set makes the bits of the plain generator") {
  const uint64_t seed = 0xfedcba9876543210u, key = 0x0123456789abcdefu;
  for (const WeightBlocks* blocks : available_weight_blocks()) {
    CAPTURE(blocks->isa);
    for (const auto form : {Distribution::Form::kNormal, Distribution::Form::kUniform}) {
      const Distribution distribution{form, 0.37};
      for (const size_t size : {1u, 2u, 255u, 256u, 257u, 5001u}) {
        std::vector<float> values(size + 1, 123.0f);
        blocks->fill(distribution, {seed, 9, key}, std::span(values).first(size));
        size_t different = 0;
        for (size_t i = 0; i < size; ++i) {
          float pair[2];
          weight_pair(distribution, seed, 9, key, static_cast<uint32_t>(i / 2), pair);
          different += std::bit_cast<uint32_t>(pair[i % 2]) != std::bit_cast<uint32_t>(values[i]);
        }
        CHECK(different == 0);
        CHECK(values[size] == 123.0f);
      }
    }
  }
}

TEST_CASE("each instruction set makes the quantiles of the plain generator, also in the tails") {
  // Both ends, around the middle, around the borders of the three formulas, and both sides of each.
  std::vector<double> numbers{0x1p-53, 1 - 0x1p-53, 0.5, 0.075, 0.925, 1e-300, std::exp(-25.0)};
  for (size_t i = 0; i < 7; ++i) {
    numbers.push_back(std::nextafter(numbers[i], 0.25));
    numbers.push_back(std::nextafter(numbers[i], 0.75));
  }
  for (int k = 1; k < 53; ++k) {
    numbers.push_back(std::ldexp(1.37, -k));
    numbers.push_back(1 - std::ldexp(0.61, -k));
  }
  // A block of tails alone, and more numbers than one block.
  for (int k = 1; k <= 600; ++k) numbers.push_back(k % 2 == 0 ? k * 1e-4 : 1 - k * 1e-4);
  for (const WeightBlocks* blocks : available_weight_blocks()) {
    CAPTURE(blocks->isa);
    std::vector<double> values(numbers.size());
    blocks->quantiles(numbers, values);
    for (size_t i = 0; i < numbers.size(); ++i) {
      CAPTURE(numbers[i]);
      CHECK(std::bit_cast<uint64_t>(values[i]) ==
            std::bit_cast<uint64_t>(generator::normal_quantile(numbers[i])));
    }
  }
}

TEST_CASE("weights are the same bits on every machine") {
  const Graph graph = wide();
  uint64_t hash = 0xcbf29ce484222325u;
  for (const Init init : {Init::kKaimingFanIn, Init::kKaimingFanOut, Init::kPytorch}) {
    for (const float value : generate(graph, 42, 1, init)) {
      hash = (hash ^ std::bit_cast<uint32_t>(value)) * 0x100000001b3u;
    }
  }
  CHECK(hash == 0xd3d247d4c72947e2u);
}

TEST_CASE("scales follow the fans of PyTorch") {
  const Graph graph = sample();
  const auto pytorch = generate(graph, 7, 0, Init::kPytorch);
  const auto in = generate(graph, 7, 0, Init::kKaimingFanIn);
  const auto out = generate(graph, 7, 0, Init::kKaimingFanOut);
  const auto normal = generate(graph, 7, 0, Init::kNormal);
  // fan_in and fan_out: convolution 4 / 2 * 3 * 2 and 6 * 3 * 2, linear 6 and 9.
  const struct {
    size_t weight, bias;
    double fan_in, fan_out;
  } layers[] = {{kConvWeight, kConvBias, 12, 36}, {kLinearWeight, kLinearBias, 6, 9}};
  for (const auto& layer : layers) {
    const double bound = 1 / std::sqrt(layer.fan_in);
    for (const size_t param : {layer.weight, layer.bias}) {
      float largest = 0;
      for (const float value : values_of(graph, pytorch, param)) largest = std::max(largest, std::abs(value));
      CHECK(largest <= bound);
      CHECK(largest > bound / 2);
    }
    // All normal schemes scale the same quantiles.
    const auto by_in = values_of(graph, in, layer.weight), by_out = values_of(graph, out, layer.weight);
    const auto unscaled = values_of(graph, normal, layer.weight);
    for (size_t i = 0; i < by_in.size(); ++i) {
      CHECK(by_in[i] / unscaled[i] == doctest::Approx(std::sqrt(2 / layer.fan_in)));
      CHECK(by_in[i] / by_out[i] == doctest::Approx(std::sqrt(layer.fan_out / layer.fan_in)));
    }
    for (const float value : values_of(graph, in, layer.bias)) CHECK(value == 0);
    for (const float value : values_of(graph, out, layer.bias)) CHECK(value == 0);
    for (const float value : values_of(graph, normal, layer.bias)) CHECK(value == 0);
  }
  for (const Init init : kInits) {
    const auto values = generate(graph, 7, 0, init);
    for (const size_t param : {kScale, kVariance}) {
      for (const float value : values_of(graph, values, param)) CHECK(value == 1);
    }
    for (const size_t param : {kShift, kMean}) {
      for (const float value : values_of(graph, values, param)) CHECK(value == 0);
    }
  }
}

TEST_CASE("weights have the moments of their distribution") {
  const Graph graph = wide();
  const auto moments = [&](Init init) {
    const auto values = generate(graph, 5, 0, init);
    double mean = 0, square = 0;
    for (const float value : values) {
      mean += value / 200'000.0;
      square += double{value} * value / 200'000.0;
    }
    return std::pair(mean, square);
  };
  // Within 5 standard errors.
  const auto [normal_mean, normal_square] = moments(Init::kKaimingFanOut);
  CHECK(std::abs(normal_mean) < 5 * std::sqrt(0.01 / 200'000));
  CHECK(normal_square == doctest::Approx(0.01).epsilon(5 * std::sqrt(2 / 200'000.0)));
  const auto [uniform_mean, uniform_square] = moments(Init::kPytorch);
  CHECK(std::abs(uniform_mean) < 5 * std::sqrt(1 / 3000.0 / 200'000));
  CHECK(uniform_square == doctest::Approx(1 / 3000.0).epsilon(5 * std::sqrt(0.8 / 200'000.0)));
}

TEST_CASE("a parameter's values depend on its key alone, not on the graph around it") {
  GraphBuilder small, large;
  const int32_t alone = small.conv(small.input({2, 4, 4}), {.out = 3, .kernel = {3, 3}});
  int32_t node = large.conv(large.input({2, 6, 6}), {.out = 2});
  node = large.conv(node, {.out = 3, .kernel = {3, 3}});
  const Graph one = small.build(alone);
  Encoded encoded = large.encode(node);
  const auto move_key = [&](size_t param, uint64_t key) {
    encoded.words[encoded.param_at[param] + 7] = static_cast<int32_t>(static_cast<uint32_t>(key));
    encoded.words[encoded.param_at[param] + 8] = static_cast<int32_t>(static_cast<uint32_t>(key >> 32));
  };
  move_key(0, 1);
  move_key(1, one.params[0].key);
  const Graph two = decode_graph(encoded.words);
  for (const Init init : kInits) {
    const auto expected = generate(one, 9, 2, init), all = generate(two, 9, 2, init);
    const auto got = values_of(two, all, 1);
    CHECK(std::equal(expected.begin(), expected.end(), got.begin(), got.end()));
  }
}

TEST_CASE("seed, repeat and key each give other values") {
  GraphBuilder b;
  const Graph graph = b.build(b.conv(b.conv(b.input({2, 4, 4}), {.out = 2}), {.out = 2}));
  const auto base = generate(graph, 1, 0, Init::kKaimingFanIn);
  CHECK(base == generate(graph, 1, 0, Init::kKaimingFanIn));
  const std::vector<std::vector<float>> others{
      generate(graph, 2, 0, Init::kKaimingFanIn),
      generate(graph, 1 + (uint64_t{1} << 32), 0, Init::kKaimingFanIn),
      generate(graph, 1, 1, Init::kKaimingFanIn)};
  for (const auto& other : others) {
    for (size_t i = 0; i < base.size(); ++i) CHECK(base[i] != other[i]);
  }
  for (size_t i = 0; i < 4; ++i) CHECK(base[i] != base[4 + i]);
}

TEST_CASE("normal weights fill bins of equal probability equally") {
  constexpr size_t kBins = 50;
  for (const uint64_t seed : {1u, 2u, 3u}) {
    const auto values = generate(wide(), seed, 0, Init::kKaimingFanIn);
    std::array<double, kBins> counts{};
    for (const float value : values) {
      const double p = 0.5 * std::erfc(-value / std::sqrt(2.0 / 1000) / std::sqrt(2.0));
      counts[std::min(kBins - 1, static_cast<size_t>(p * kBins))] += 1;
    }
    const double expected = static_cast<double>(values.size()) / kBins;
    double chi_square = 0;
    for (const double count : counts) chi_square += (count - expected) * (count - expected) / expected;
    // 49 degrees of freedom: outside this range with a probability of 2e-5.
    CHECK(chi_square > 17.5);
    CHECK(chi_square < 105);
  }
}

TEST_CASE("the first weights of a seed") {
  const auto values = generate(wide(), 1, 0, Init::kKaimingFanIn);
  const uint32_t expected[] = {0x3df3c630, 0x3c0038ef, 0xbd806026, 0xbcee895e};
  for (size_t i = 0; i < 4; ++i) CHECK(std::bit_cast<uint32_t>(values[i]) == expected[i]);
}
