// The task `change`: how far a network's inner values move when its input does.
#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

namespace tenas {

/// Asks how far the output of a node moves from the first batch to the second, each under its own statistics.
struct ChangeTask {
  static constexpr std::string_view kName = "change";
  int32_t node = 0;
};

struct ChangeAnswer {
  /// [N]: sums over the output of |difference| and of its square; empty if the node does not run.
  std::vector<double> absolute, squares;
  /// [2]: mean and variance of each batch norm, laid out as ForwardAnswer::statistics.
  std::vector<double> statistics;
};

}  // namespace tenas
