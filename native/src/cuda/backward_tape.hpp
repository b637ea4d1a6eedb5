// Backward pass of a candidate as a tape: from the output's gradient to the Jacobian of every NTK parameter,
// or to the gradient summed over the batch.
#pragma once

#include <variant>
#include <vector>

#include "cuda/drop_layout.hpp"
#include "cuda/layout.hpp"
#include "cuda/tape.hpp"
#include "plan/schedule.hpp"
#include "tasks/gradient.hpp"
#include "tasks/ntk.hpp"

namespace tenas::cuda {

/// What becomes of a backward pass: a Jacobian, or sums over the batch.
using BackwardForm = std::variant<NtkMode, GradientStatistics>;

/// Channels whose values in the item's coefficients, times a scale, are a share of a slot's gradient.
struct CoefficientShare {
  int32_t slot = 0;
  double scale = 1;
  int64_t first = 0;
  int32_t channels = 0;
};

struct BackwardTape {
  Tape tape;
  Tape sums;                 // of parts; runs after `tape`
  int64_t sum_channels = 0;  // batch norms reduced through their statistics: room in the item's sums
  int64_t parts = 0;         // room in the item's parts
  int64_t outputs = 1;       // the network's, and its heads'
  std::vector<CoefficientShare> coefficients;
  int64_t coefficient_values = 0;  // room in the item's coefficients
};

/// A unit of the gradients in `buffers` is a sample (NtkMode::kBatch: lanes are directions) or a block of
/// samples (all others). For a gradient, the item's inputs hold the gradient by the outputs,
/// [the network, its heads][sample][output], and the gradient by the input, if it is a target, goes to
/// Area::kInputGradient.
BackwardTape backward_tape(const DeviceLayout& layout, const engine::Schedule& schedule,
                           const BackwardForm& form, GradientBuffers& buffers,
                           const PassAdditions& additions = {});

}  // namespace tenas::cuda
