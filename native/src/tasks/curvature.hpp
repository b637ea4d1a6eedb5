// The task `curvature`: the Hessian of a loss, times the weights.
#pragma once

#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

#include "base/dual.hpp"
#include "graph/parameter_set.hpp"

namespace tenas {

/// Asks how the gradient of a loss changes as the weights of all layers grow together. The loss is the mean
/// cross-entropy of the first batch with its labels, through the batch's statistics. Layers are convolutions
/// and linear layers, without biases and batch norms.
struct CurvatureTask {
  static constexpr std::string_view kName = "curvature";
  double temperature = 1;  // logits are divided by it
};

struct CurvatureAnswer {
  double loss = 0;
  /// [parameter tensors]. With w the weights of all layers, g the gradient by them and H the Hessian: sum
  /// over the tensor's entries of g times (H w). H is symmetric, so all of them add up to w H g, too. 0 for
  /// other tensors and for layers that do not run.
  std::vector<double> products;
};

/// The weights of convolutions and linear layers.
ParameterSet layer_weights(const Graph& graph);

struct DualLoss {
  double loss = 0;
  std::vector<Dual> gradient;  // by the outputs, [N][outputs]
};

/// The loss of the task for outputs [N][outputs] and their derivatives; labels are 0 to outputs - 1.
DualLoss curvature_loss(const CurvatureTask& task, std::span<const Dual> logits,
                        std::span<const int32_t> labels);

/// The task's answer by the gradient of all parameters and its derivative.
CurvatureAnswer curvature_answer(const Graph& graph, double loss, std::span<const Dual> gradient);

}  // namespace tenas
