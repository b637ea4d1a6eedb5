// Channels of another tensor in another order: splits and shuffles, and their gradient.
#pragma once

#include "cuda/kernel.hpp"
#include "kernels/combine.hpp"

namespace tenas::cuda {

struct SelectStep {
  Tensor in, out;
  Rows shape;  // of the output
  int32_t cols = 0;
  int64_t first = 0;  // place of the output's first channel in the table; -1 there: no channel, zeros
  float factor = 1;
  bool accumulate = false;
  TENAS_HD int64_t warps() const { return shape.count(); }
};

/// A warp for each row.
struct SelectChannels : WarpKernel<SelectStep> {
  template <int Phase>
  static TENAS_HD void run(const Thread& thread, const Tables& tables, const Step& step, const Item& item,
                           State&, unsigned char*) {
    if (warp_of(thread) >= step.warps()) return;
    const RowOf at(step.shape, warp_of(thread));
    float* out = row_start<LaneAccess>(item, step.out, at, thread.lane());
    RowOf from = at;
    from.channel = tables.channels[step.first + at.channel];
    if (from.channel >= 0) {
      engine::isa_cuda::copy_plane<WarpLane>(row_start<LaneAccess>(item, step.in, from, thread.lane()), 0,
                                             step.factor, out, 0, 1, step.cols, step.accumulate);
    } else if (!step.accumulate) {
      engine::isa_cuda::zero_plane<WarpLane>(out, 0, 1, step.cols);
    }
  }
};

}  // namespace tenas::cuda
