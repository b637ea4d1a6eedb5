// The task `forward`: the outputs of a network.
#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

namespace tenas {

/// The statistics that batch norm uses in a forward pass.
enum class Statistics : int32_t {
  kBatch = 0,      // mean and variance of the batch
  kRunning = 1,    // the running ones of the weights
  kPerSample = 2,  // every sample's own, over its pixels
  kNone = 3        // nothing: batch norm is the identity, without scale and shift
};

/// Asks for the outputs of the first batch under kBatch or kRunning.
struct ForwardTask {
  static constexpr std::string_view kName = "forward";
  Statistics statistics = Statistics::kBatch;
};

struct ForwardAnswer {
  std::vector<float> logits;  // [N][output values]
  /// Mean and variance that each batch norm used: for every batch-norm node in order its means, then its
  /// variances (0 and 1 for nodes that did not run).
  std::vector<float> statistics;
};

}  // namespace tenas
