// The task `ntk`: the empirical neural tangent kernel of a batch.
#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

namespace tenas {

/// How the backward pass treats batch statistics: kBatch differentiates through them, kSample holds them
/// constant.
enum class NtkMode : int32_t { kBatch = 0, kSample = 1 };

/// Asks for K = J J^T of the first batch; row i of J is the gradient of the sum of sample i's logits by the
/// parameters that the graph marks for it (Param::in_ntk).
struct NtkTask {
  static constexpr std::string_view kName = "ntk";
  NtkMode mode = NtkMode::kSample;
};

struct NtkAnswer {
  std::vector<double> kernel;       // [N][N]
  std::vector<double> eigenvalues;  // [N], ascending; all NaN if the kernel is not finite
  std::vector<float> logits;        // [N][output values]
};

}  // namespace tenas
