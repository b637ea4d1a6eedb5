// The task `ntk`: the empirical neural tangent kernel of a batch.
#pragma once

#include <cstdint>
#include <vector>

namespace tenas {

/// How the backward pass treats batch statistics: kBatch differentiates through them, kSample holds them
/// constant.
enum class NtkMode : int32_t { kBatch = 0, kSample = 1 };

struct NtkTask {
  NtkMode mode = NtkMode::kSample;
};

struct NtkResult {
  std::vector<double> kernel;  // [N][N]
  std::vector<float> logits;   // [N][output values]
};

}  // namespace tenas
