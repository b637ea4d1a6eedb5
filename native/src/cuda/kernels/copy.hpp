// Copies planes, scaled, added or as zeros: padding, concatenation, plain gradients. A warp for each row.
#pragma once

#include "cuda/kernel.hpp"
#include "kernels/combine.hpp"

namespace tenas::cuda {

struct CopyStep {
  Tensor in, out;
  Rows shape;
  int32_t cols = 0;
  float factor = 1;
  bool accumulate = false;
  bool zero = false;       // write zeros, read nothing
  int64_t drop_path = -1;  // as in Term
  TENAS_HD int64_t warps() const { return shape.count(); }
};

struct Copy : WarpKernel<CopyStep> {
  template <int Phase>
  static TENAS_HD void run(const Thread& thread, const Tables&, const Step& step, const Item& item, State&,
                           unsigned char*) {
    if (warp_of(thread) >= step.warps()) return;
    const RowOf at(step.shape, warp_of(thread));
    const auto row = [&](const Tensor& tensor) {
      return row_start<LaneAccess>(item, tensor, at, thread.lane());
    };
    if (step.zero) {
      engine::isa_cuda::zero_plane<WarpLane>(row(step.out), 0, 1, step.cols);
    } else {
      const float factor = step.factor * kept(item, step.drop_path, at.unit, thread.lane());
      engine::isa_cuda::copy_plane<WarpLane>(row(step.in), 0, factor, row(step.out), 0, 1, step.cols,
                                             step.accumulate);
    }
  }
};

}  // namespace tenas::cuda
