// The task `constants`: what a network gives if all its weights have one value (Gracheva 2023, "Trainless
// model performance estimation based on random weights initialisations").
#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

namespace tenas {

/// Asks for the outputs of the first batch, under its own statistics, with every weight (that of a batch
/// norm too) replaced by a value and every bias by 0, once for each of the values.
struct ConstantsTask {
  static constexpr std::string_view kName = "constants";
  std::vector<double> weights;
};

struct ConstantsAnswer {
  /// [weights][N][output values], times 2^exponent: small weights leave the range of double precision.
  std::vector<double> outputs;
  std::vector<int32_t> exponents;  // [weights]
};

}  // namespace tenas
