// Losses of a batch and their gradients by the outputs, in double.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "tasks/gradient.hpp"

namespace tenas {

struct LossValue {
  double loss = 0;
  int64_t correct = 0;           // samples whose largest output is their label's (the first of equals)
  std::vector<double> gradient;  // by the outputs, [N][outputs]
};

/// The loss of batch `which` with the outputs `logits` [batch][outputs]. `labels` are this batch's, each 0 to
/// outputs - 1; they may be missing (empty) unless the loss is CrossEntropy.
LossValue evaluate_loss(const Loss& loss, int32_t which, std::span<const double> logits,
                        std::span<const int32_t> labels, int32_t batch);

}  // namespace tenas
