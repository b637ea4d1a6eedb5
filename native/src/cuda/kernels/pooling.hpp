// Average and max pooling, forward and backward: a warp for each row, or for each plane where windows overlap
// in what they write.
#pragma once

#include "cuda/kernel.hpp"
#include "kernels/batch_norm.hpp"
#include "kernels/combine.hpp"
#include "kernels/pooling.hpp"

namespace tenas::cuda {

/// The fields of a pooling Node that the kernel bodies read.
struct Pool {
  int32_t kh = 1, kw = 1, sh = 1, sw = 1, ph = 0, pw = 0;
  bool count_include_pad = true;
  Shape shape;  // of the output
};

struct PoolStep {
  Pool pool;
  Shape in_shape;
  Tensor in, out, lines;  // lines: [channel][output row][input column], scratch of average pooling
  int32_t units = 0;
  TENAS_HD Rows rows() const { return {units, in_shape.c, pool.shape.h}; }
  TENAS_HD int64_t warps() const { return rows().count(); }
};

struct AveragePool : WarpKernel<PoolStep> {
  template <int Phase>
  static TENAS_HD void run(const Thread& thread, const Tables&, const Step& step, const Item& item, State&,
                           unsigned char*) {
    if (warp_of(thread) >= step.warps()) return;
    const RowOf at(step.rows(), warp_of(thread));
    const auto of = [&](const Tensor& tensor) {
      return plane<LaneAccess>(item, tensor, at.unit, at.channel, thread.lane());
    };
    engine::isa_cuda::average_pool_row<WarpLane>(step.pool, step.in_shape, at.row, of(step.in), step.in.row,
                                                 of(step.out), step.out.row,
                                                 of(step.lines) + at.row * step.lines.row * kLanes);
  }
};

struct MaxPool : WarpKernel<PoolStep> {
  template <int Phase>
  static TENAS_HD void run(const Thread& thread, const Tables&, const Step& step, const Item& item, State&,
                           unsigned char*) {
    if (warp_of(thread) >= step.warps()) return;
    const RowOf at(step.rows(), warp_of(thread));
    // One row of windows is a pool of height 1 whose padding is moved.
    Pool row = step.pool;
    row.shape.h = 1;
    row.ph = step.pool.ph - at.row * step.pool.sh;
    engine::isa_cuda::max_pool<WarpLane>(
        row, step.in_shape, plane<LaneAccess>(item, step.in, at.unit, at.channel, thread.lane()), step.in.row,
        row_start<LaneAccess>(item, step.out, at, thread.lane()), step.out.row);
  }
};

/// Backward pass of either: `gradient` of the output, `out` of the input.
struct PoolGradientStep {
  Pool pool;
  Shape in_shape;
  Tensor gradient, out, lines;
  Tensor activation;  // input of max pooling
  int32_t units = 0;
  float factor = 1;
  bool accumulate = false;
  int32_t rows = 1;  // warps for each plane
  TENAS_HD Rows shape() const { return {units, in_shape.c, rows}; }
  TENAS_HD int64_t warps() const { return shape().count(); }
};

/// Rows of the output gradient to lines.
struct AverageSpread : WarpKernel<PoolGradientStep> {
  template <int Phase>
  static TENAS_HD void run(const Thread& thread, const Tables&, const Step& step, const Item& item, State&,
                           unsigned char*) {
    if (warp_of(thread) >= step.warps()) return;
    const RowOf at(step.shape(), warp_of(thread));
    const auto of = [&](const Tensor& tensor) {
      return plane<LaneAccess>(item, tensor, at.unit, at.channel, thread.lane());
    };
    engine::isa_cuda::average_pool_spread<WarpLane>(step.pool, step.in_shape, at.row, of(step.gradient),
                                                    step.gradient.row, step.factor, of(step.lines));
  }
};

/// Lines to rows of the input gradient.
struct AverageGather : WarpKernel<PoolGradientStep> {
  template <int Phase>
  static TENAS_HD void run(const Thread& thread, const Tables&, const Step& step, const Item& item, State&,
                           unsigned char*) {
    if (warp_of(thread) >= step.warps()) return;
    const RowOf at(step.shape(), warp_of(thread));
    const auto of = [&](const Tensor& tensor) {
      return plane<LaneAccess>(item, tensor, at.unit, at.channel, thread.lane());
    };
    engine::isa_cuda::average_pool_gather<WarpLane>(step.pool, step.in_shape, at.row, of(step.lines),
                                                    of(step.out), step.out.row, step.accumulate);
  }
};

template <class A>
struct MaxPoolGradient : WarpKernel<PoolGradientStep> {
  template <int Phase>
  static TENAS_HD void run(const Thread& thread, const Tables&, const PoolGradientStep& step,
                           const Item& item, NoState&, unsigned char*) {
    const int64_t index = WarpKernel<PoolGradientStep>::warp_of(thread);
    if (index >= step.warps()) return;
    const RowOf at(step.shape(), index);
    float* out = plane<LaneAccess>(item, step.out, at.unit, at.channel, thread.lane());
    if (!step.accumulate) {
      engine::isa_cuda::zero_plane<WarpLane>(out, step.out.row, step.in_shape.h, step.in_shape.w);
    }
    engine::isa_cuda::max_pool_gradient<WarpLane, A>(
        step.pool, step.in_shape, plane<A>(item, step.activation, at.unit, at.channel, thread.lane()),
        step.activation.row, plane<LaneAccess>(item, step.gradient, at.unit, at.channel, thread.lane()),
        step.gradient.row, step.factor, out, step.out.row);
  }
};

struct GlobalAverageStep {
  Tensor in, out;
  Rows shape;  // one row for each plane
  int32_t rows = 0, cols = 0;
  TENAS_HD int64_t warps() const { return shape.count(); }
};

struct GlobalAverage : WarpKernel<GlobalAverageStep> {
  template <int Phase>
  static TENAS_HD void run(const Thread& thread, const Tables&, const Step& step, const Item& item, State&,
                           unsigned char*) {
    if (warp_of(thread) >= step.warps()) return;
    const RowOf at(step.shape, warp_of(thread));
    const double sum = engine::isa_cuda::channel_moment<WarpLane, 1>(
        plane<LaneAccess>(item, step.in, at.unit, at.channel, thread.lane()), step.in.row, step.rows,
        step.cols, 0);
    *plane<LaneAccess>(item, step.out, at.unit, at.channel, thread.lane()) =
        static_cast<float>(sum / (static_cast<double>(step.rows) * step.cols));
  }
};

}  // namespace tenas::cuda
