// Backward pass of a candidate as a tape: from the output's gradient to the Jacobian of every NTK parameter.
#pragma once

#include "cuda/layout.hpp"
#include "cuda/tape.hpp"
#include "plan/schedule.hpp"
#include "tasks/ntk.hpp"

namespace tenas::cuda {

struct BackwardTape {
  Tape tape;
  int64_t sum_channels = 0;  // batch norms reduced through their statistics: room in the item's sums
};

/// A unit of the gradients in `buffers` is a sample (kBatch: lanes are directions) or a block of samples
/// (kSample).
BackwardTape backward_tape(const DeviceLayout& layout, const engine::Schedule& schedule, NtkMode mode,
                           GradientBuffers& buffers);

}  // namespace tenas::cuda
