// Dropout: a factor for each value of a tensor, forward and backward. A warp for each row.
#pragma once

#include "cuda/kernel.hpp"
#include "kernels/combine.hpp"

namespace tenas::cuda {

struct DropStep {
  Tensor tensor, factors;  // multiplied in place
  Rows shape;
  int32_t cols = 0;
  TENAS_HD int64_t warps() const { return shape.count(); }
};

struct DropValues : WarpKernel<DropStep> {
  template <int Phase>
  static TENAS_HD void run(const Thread& thread, const Tables&, const Step& step, const Item& item, State&,
                           unsigned char*) {
    if (warp_of(thread) >= step.warps()) return;
    const RowOf at(step.shape, warp_of(thread));
    engine::isa_cuda::drop_values<WarpLane>(row_start<LaneAccess>(item, step.factors, at, thread.lane()),
                                            row_start<LaneAccess>(item, step.tensor, at, thread.lane()), 0, 1,
                                            step.cols);
  }
};

}  // namespace tenas::cuda
