// The optimisers' settings and their updates, as in torch.optim.
#pragma once

#include <algorithm>
#include <cstdint>
#include <span>
#include <vector>

#include "graph/graph.hpp"
#include "graph/parameter_set.hpp"

namespace tenas {

struct TrainingState;

enum class OptimiserKind : int32_t { kSgd = 0, kAdam = 1, kAdamW = 2 };

/// What happens to a parameter that no executed path reached in a step.
enum class Untouched : int32_t {
  kKeep = 0,  // nothing, as where PyTorch has no gradient (None)
  kDecay = 1  // decay and momentum, as where PyTorch has a gradient of zeros; once it was touched
};

/// Settings of an optimiser. Rates and decays are per parameter tensor.
struct Optimiser {
  OptimiserKind kind = OptimiserKind::kSgd;
  double momentum = 0;  // SGD
  bool nesterov = false;
  double beta1 = 0.9, beta2 = 0.999, eps = 1e-8;  // Adam, AdamW
  std::vector<double> weight_decay;  // [tensors]; added to the gradient, with AdamW apart from it
  std::vector<double> rate;          // [tensors], factors of the learning rate
  Untouched untouched = Untouched::kKeep;

  /// Values that it keeps per parameter value.
  int32_t moments() const {
    if (kind == OptimiserKind::kSgd) return momentum > 0 ? 1 : 0;
    return 2;
  }
};

/// The trainable parameters that the output or a head depends on with these mixing coefficients.
ParameterSet touched_parameters(const Graph& graph, std::span<const double> coefficients,
                                std::span<const int32_t> heads);

/// The parameters that a step updates: those it touched, and those that continue (Untouched::kDecay).
ParameterSet updated_parameters(const Graph& graph, const Optimiser& optimiser, const ParameterSet& touched,
                                const TrainingState& state);

/// What the gradient is multiplied by, so that its norm is at most `clip`, as torch.nn.utils.clip_grad_norm_
/// has it; 0: no limit.
inline double clip_scale(double clip, double norm) {
  return clip > 0 ? std::min(1.0, clip / (norm + 1e-6)) : 1.0;
}

/// Norm of the gradient over a set of parameters, added up in their order.
double gradient_norm(const Graph& graph, const ParameterSet& parameters, std::span<const double> gradient);

/// One update of all parameters; `gradient` [parameter values] is multiplied by `scale` first.
void update_parameters(const Graph& graph, const Optimiser& optimiser, const ParameterSet& touched,
                       std::span<const double> gradient, double scale, double learning_rate,
                       TrainingState& state);

}  // namespace tenas
