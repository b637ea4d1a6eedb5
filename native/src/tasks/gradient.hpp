// The task `gradient`: a loss and its gradient by parameters, mixing coefficients and input.
#pragma once

#include <cstdint>
#include <string_view>
#include <variant>
#include <vector>

namespace tenas {

/// The statistics that batch norm uses, and whether the gradient goes through it.
enum class GradientStatistics : int32_t {
  kThrough = 0,    // the batch's statistics, gradients through them
  kConstant = 1,   // the batch's statistics, held constant
  kPerSample = 2,  // every sample's own statistics over its pixels, gradients through them
  kNone = 3        // batch norm is the identity: no scale, no shift. Found in double where it overflows
};

/// Mean over the samples of the cross-entropy with the labels; targets are (1 - s) one-hot + s / outputs.
struct CrossEntropy {
  double label_smoothing = 0;
};
/// Mean over samples and outputs of (logit - target)^2.
struct MeanSquares {
  std::vector<float> targets;  // [batches][N][output values]
};
/// Sum of all outputs.
struct OutputSum {};
/// Sum of outputs times given values, which are thus the gradient by the outputs.
struct OutputGradient {
  std::vector<float> values;  // [batches][N][output values]
};
using Loss = std::variant<CrossEntropy, MeanSquares, OutputSum, OutputGradient>;

/// The variables that the loss is differentiated by.
struct GradientTargets {
  bool parameters = false, coefficients = false, input = false;
};

enum class Reduce : int32_t { kValues = 0, kSums = 1, kSigns = 2 };

/// Asks for the loss of each of `batches` batches, each normalised by its own statistics, and its gradient.
struct GradientTask {
  static constexpr std::string_view kName = "gradient";
  Loss loss;
  GradientStatistics statistics = GradientStatistics::kThrough;
  GradientTargets of;
  Reduce reduce = Reduce::kValues;  // of the gradient by parameters
  int32_t batches = 1;
};

/// Numbers per parameter tensor that Reduce::kSums gives.
constexpr int32_t kGradientSums = 5;

struct GradientAnswer {
  double loss = 0;      // mean over the batches
  int64_t correct = 0;  // samples whose largest output is their label's, over all batches; 0 without labels
  std::vector<float> logits;  // [batches][N][output values]
  /// kValues: [batches][parameter values], 0 for parameters that the loss does not depend on.
  std::vector<float> parameters;
  /// kSums: [parameter tensors][5]. With g the gradient averaged over the batches and w the weight: sums over
  /// the tensor's entries of |g|, g^2, |g w| and g w; and of mean over batches of |g_b| / standard deviation
  /// (population) over batches of g_b, entries of deviation 0 left out (0 for one batch).
  std::vector<double> sums;
  /// kSigns: [parameter values], sum over the batches of the sign of the gradient (-1, 0 or 1); NaN where a
  /// batch has NaN.
  std::vector<float> signs;
  std::vector<double> coefficients;  // [slots], averaged over the batches; 0 for operations that are off
  std::vector<float> input;          // [batches][N][C][H][W]
};

}  // namespace tenas
