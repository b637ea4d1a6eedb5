// The generator in loops that a compiler makes vectors of. TENAS_BLOCKS names the namespace of the
// instruction set that includes this.
#pragma once

#include <algorithm>
#include <array>
#include <cmath>

#include "parameters/blocks/blocks.hpp"
#include "parameters/values.hpp"

namespace tenas::TENAS_BLOCKS {

/// Values of a block: enough to fill vectors also with its tails, and still in the L1 cache.
constexpr size_t kBlock = 256;
constexpr size_t kPairs = kBlock / 2;

/// One round of Philox on counters whose words stand apart.
inline void philox_round(std::array<std::array<uint32_t, kPairs>, 4>& words, uint32_t key0, uint32_t key1) {
  for (size_t i = 0; i < kPairs; ++i) {
    const uint64_t a = uint64_t{0xD2511F53u} * words[0][i];
    const uint64_t b = uint64_t{0xCD9E8D57u} * words[2][i];
    words[0][i] = static_cast<uint32_t>(b >> 32) ^ words[1][i] ^ key0;
    words[1][i] = static_cast<uint32_t>(b);
    words[2][i] = static_cast<uint32_t>(a >> 32) ^ words[3][i] ^ key1;
    words[3][i] = static_cast<uint32_t>(a);
  }
}

/// Uniform numbers in (0, 1) of the pairs from `first` on: those of a pair next to each other.
inline void uniform_block(const WeightStream& stream, uint32_t first, std::array<double, kBlock>& p) {
  std::array<std::array<uint32_t, kPairs>, 4> words;
  for (size_t i = 0; i < kPairs; ++i) {
    words[0][i] = first + static_cast<uint32_t>(i);
    words[1][i] = stream.repeat;
    words[2][i] = static_cast<uint32_t>(stream.key);
    words[3][i] = static_cast<uint32_t>(stream.key >> 32);
  }
  auto key0 = static_cast<uint32_t>(stream.seed), key1 = static_cast<uint32_t>(stream.seed >> 32);
  for (int round = 0; round < 10; ++round) {
    philox_round(words, key0, key1);
    key0 += 0x9E3779B9u;
    key1 += 0xBB67AE85u;
  }
  for (size_t i = 0; i < kPairs; ++i) {
    p[2 * i] = generator::uniform(words[0][i], words[1][i]);
    p[2 * i + 1] = generator::uniform(words[2][i], words[3][i]);
  }
}

/// Quantiles of a block. The middle's formula runs for all; the tails, about one in seven, are done together.
inline void quantile_block(const std::array<double, kBlock>& p, std::array<double, kBlock>& values) {
  for (size_t i = 0; i < kBlock; ++i) values[i] = generator::middle_quantile(p[i] - 0.5);
  std::array<uint32_t, kBlock> places;
  std::array<double, kBlock> tails, distances;
  size_t count = 0;
  for (size_t i = 0; i < kBlock; ++i) {
    const double q = p[i] - 0.5;
    places[count] = static_cast<uint32_t>(i);
    tails[count] = q < 0 ? p[i] : 1 - p[i];
    count += std::abs(q) > generator::kMiddle ? 1 : 0;
  }
  // Whole vectors: the numbers that fill the last one are not used.
  const size_t whole = std::min(kBlock, (count + 15) / 16 * 16);
  std::fill(tails.begin() + count, tails.begin() + whole, 0.01);
  for (size_t j = 0; j < whole; ++j) tails[j] = std::sqrt(-generator::logarithm(tails[j]));
  for (size_t j = 0; j < whole; ++j) distances[j] = generator::near_quantile(tails[j]);
  for (size_t j = 0; j < count; ++j) {
    const double distance = tails[j] <= generator::kNear ? distances[j] : generator::far_quantile(tails[j]);
    const size_t i = places[j];
    values[i] = p[i] < 0.5 ? -distance : distance;
  }
}

inline void fill(const Distribution& distribution, const WeightStream& stream, std::span<float> out) {
  std::array<double, kBlock> p, values;
  for (size_t first = 0; first < out.size(); first += kBlock) {
    uniform_block(stream, static_cast<uint32_t>(first / 2), p);
    if (distribution.form == Distribution::Form::kNormal) {
      quantile_block(p, values);
      for (size_t i = 0; i < kBlock; ++i) values[i] = values[i] * distribution.scale;
    } else {
      for (size_t i = 0; i < kBlock; ++i) values[i] = (2 * p[i] - 1) * distribution.scale;
    }
    const size_t count = std::min(kBlock, out.size() - first);
    for (size_t i = 0; i < count; ++i) out[first + i] = static_cast<float>(values[i]);
  }
}

inline void quantiles(std::span<const double> p, std::span<double> values) {
  std::array<double, kBlock> in, out;
  for (size_t first = 0; first < p.size(); first += kBlock) {
    const size_t count = std::min(kBlock, p.size() - first);
    in.fill(0.5);
    std::copy_n(p.begin() + first, count, in.begin());
    quantile_block(in, out);
    std::copy_n(out.begin(), count, values.begin() + first);
  }
}

}  // namespace tenas::TENAS_BLOCKS
