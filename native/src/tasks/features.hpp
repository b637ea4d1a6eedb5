// The task `features`: mean and covariance of channels.
#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

namespace tenas {

/// Asks for mean and covariance of the outputs of some nodes on the first batch, under its own statistics.
struct FeaturesTask {
  static constexpr std::string_view kName = "features";
  std::vector<int32_t> nodes;
  std::vector<std::vector<int32_t>> channels;  // of each node those that count; empty: all of all nodes
};

/// Over samples and pixels; divided by their number, not by one less.
struct NodeFeatures {
  std::vector<double> mean;        // [channels that count]; empty if the node does not run
  std::vector<double> covariance;  // [channels that count][channels that count]
};

struct FeaturesAnswer {
  std::vector<NodeFeatures> nodes;  // in the order of the task's
};

}  // namespace tenas
