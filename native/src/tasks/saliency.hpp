// The task `saliency`: gradients by the outputs of nodes.
#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

#include "tasks/gradient.hpp"

namespace tenas {

/// Asks how the loss of the first batch, through its statistics, depends on the outputs of nodes. ReLUs that
/// read the same node are one node with the sum of their gradients.
struct SaliencyTask {
  static constexpr std::string_view kName = "saliency";
  std::vector<int32_t> nodes;
  Loss loss;
  bool correlations = false;  // whether they are wanted
};

/// Empty if the node does not run.
struct NodeSaliency {
  std::vector<double> products;  // [N][C]: sum over pixels of output times gradient
  /// [N][N]: correlations (Pearson's) between the samples' outputs and between their gradients, over all
  /// values of a sample; NaN for a sample whose values are all the same, see is_constant. Empty unless
  /// wanted.
  std::vector<double> outputs, gradients;
};

/// Whether values are the same but for rounding, by the sums of their squares and of those of their
/// differences from the mean.
constexpr bool is_constant(double squares, double centred_squares) {
  constexpr double kRounding = 1e-6;
  return centred_squares <= kRounding * kRounding * squares;
}

struct SaliencyAnswer {
  double loss = 0;
  std::vector<NodeSaliency> nodes;  // in the order of the task's
};

}  // namespace tenas
