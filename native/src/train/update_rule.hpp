// The update of one parameter value, as in torch.optim: for the CPU and for CUDA devices.
#pragma once

#include <cmath>
#include <cstdint>

#include "base/host_device.hpp"
#include "train/optimiser.hpp"

namespace tenas {

/// An optimiser's numbers for one parameter tensor in one step.
struct UpdateRule {
  OptimiserKind kind = OptimiserKind::kSgd;
  bool nesterov = false, starts = false;  // starts: the tensor's first update
  double momentum = 0, beta1 = 0, beta2 = 0, eps = 0;
  double scale = 1;  // of the gradient
  double rate = 0, decay = 0;
  double step_size = 0, correction = 1;  // Adam: the rate and the root of the square, made unbiased
};

/// `updates` counts this one too.
inline UpdateRule rule_of(const Optimiser& optimiser, double scale, double rate, double decay,
                          int64_t updates) {
  UpdateRule rule{.kind = optimiser.kind,
                  .nesterov = optimiser.nesterov,
                  .starts = updates == 1,
                  .momentum = optimiser.momentum,
                  .beta1 = optimiser.beta1,
                  .beta2 = optimiser.beta2,
                  .eps = optimiser.eps,
                  .scale = scale,
                  .rate = rate,
                  .decay = decay};
  if (optimiser.kind == OptimiserKind::kSgd) return rule;
  const auto count = static_cast<double>(updates);
  rule.step_size = rate / (1 - std::pow(optimiser.beta1, count));
  rule.correction = std::sqrt(1 - std::pow(optimiser.beta2, count));
  return rule;
}

/// SGD; `gradient` is scaled already, `velocity` is used with momentum only.
TENAS_HD inline void update_by_sgd(const UpdateRule& rule, double gradient, double& value, double& velocity) {
  double step = gradient + rule.decay * value;
  if (rule.momentum > 0) {
    velocity = rule.starts ? step : rule.momentum * velocity + step;
    step = rule.nesterov ? step + rule.momentum * velocity : velocity;
  }
  value -= rule.rate * step;
}

/// Adam and AdamW; `gradient` is scaled already.
TENAS_HD inline void update_by_adam(const UpdateRule& rule, double gradient, double& value, double& mean,
                                    double& square) {
  if (rule.kind == OptimiserKind::kAdamW) {
    value *= 1 - rule.rate * rule.decay;
  } else {
    gradient += rule.decay * value;
  }
  mean = rule.beta1 * mean + (1 - rule.beta1) * gradient;
  square = rule.beta2 * square + (1 - rule.beta2) * gradient * gradient;
  value -= rule.step_size * mean / (std::sqrt(square) / rule.correction + rule.eps);
}

}  // namespace tenas
