// Initial weights many at a time, one build per instruction set. The arithmetic is that of values.hpp,
// operation by operation and never fused, so all builds give the same bits.
#pragma once

#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

#include "parameters/init.hpp"

namespace tenas {

/// The random numbers of a parameter: all of its values are functions of these and of their index.
struct WeightStream {
  uint64_t seed;
  uint32_t repeat;
  uint64_t key;
};

/// The generator as one instruction set has it.
struct WeightBlocks {
  std::string_view isa;
  /// Writes values 0, 1, ... of a normal or uniform distribution, as `weight_pair` has them.
  void (*fill)(const Distribution& distribution, const WeightStream& stream, std::span<float> out);
  /// Quantiles of the standard normal distribution of numbers in (0, 1), as `normal_quantile` has them.
  void (*quantiles)(std::span<const double> p, std::span<double> values);
};

extern const WeightBlocks kGenericBlocks;  // what the machine's baseline has
extern const WeightBlocks kAvx2Blocks;
extern const WeightBlocks kAvx512Blocks;

/// Those that run on this machine, the fastest first.
std::vector<const WeightBlocks*> available_weight_blocks();

}  // namespace tenas
