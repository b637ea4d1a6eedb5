// Backward pass of batch norm: through the statistics (sums over the batch first, then the gradient), or with
// constant statistics (both in one pass).
#pragma once

#include "cuda/kernel.hpp"
#include "kernels/batch_norm.hpp"

namespace tenas::cuda {

struct BatchNormStep {
  Tensor gradient, input, out;
  Rows shape;
  int32_t cols = 0;
  int64_t norm = 0;       // first channel in the item's norms
  int64_t sums = 0;       // first channel in the item's sums
  int64_t jacobian = -1;  // row of the first channel's scale, or none
  int64_t jacobian_stride = 0;
  double scale = 1;  // of the output gradient
  double count = 1;  // values that the statistics run over
  bool wanted = false, accumulate = false;
  TENAS_HD int64_t warps() const { return shape.count(); }
};

/// One row of a plane as the kernel bodies take it; without `out`.
template <class A>
TENAS_HD engine::isa_cuda::BatchNormPlane<float> batch_norm_row(const BatchNormStep& step, const Item& item,
                                                                const RowOf& at, int32_t lane) {
  engine::isa_cuda::BatchNormPlane<float> row;
  row.gradient =
      plane<LaneAccess>(item, step.gradient, at.unit, at.channel, lane) + at.row * step.gradient.row * kLanes;
  row.input = plane<A>(item, step.input, at.unit, at.channel, lane) + at.row * step.input.row * A::stride;
  row.rows = 1;
  row.cols = step.cols;
  row.mean = static_cast<float>(item.norms[(step.norm + at.channel) * 4]);
  row.accumulate = step.accumulate;
  return row;
}

TENAS_HD inline float* out_row(const BatchNormStep& step, const Item& item, const RowOf& at, int32_t lane) {
  return plane<LaneAccess>(item, step.out, at.unit, at.channel, lane) + at.row * step.out.row * kLanes;
}

TENAS_HD inline float slope(const BatchNormStep& step, const Item& item, int32_t channel) {
  return static_cast<float>(item.norms[(step.norm + channel) * 4 + 1] * step.scale);
}

/// Sums over all samples of the output gradient and of its product with (input - mean): a block for each
/// channel, lanes are directions. Also the Jacobian of the scale.
struct BatchNormSums {
  using Step = BatchNormStep;
  using State = NoState;
  static constexpr int32_t kThreads = 128, kPhases = 2, kWarps = kThreads / kLanes;
  static constexpr size_t kShared = sizeof(double) * 2 * kThreads;
  static int64_t blocks(const Step& step) { return step.shape.channels; }

  template <int Phase>
  static TENAS_HD void run(const Thread& thread, const Tables&, const Step& step, const Item& item, State&,
                           unsigned char* shared) {
    if (thread.block >= step.shape.channels) return;
    auto* parts = reinterpret_cast<double*>(shared);  // [sum, product][warp][lane]
    if constexpr (Phase == 0) {
      double sum = 0, product = 0;
      for (int32_t index = thread.warp(); index < step.shape.units * step.shape.rows; index += kWarps) {
        RowOf at(step.shape, 0);
        at.unit = index / step.shape.rows;
        at.channel = thread.block;
        at.row = index % step.shape.rows;
        engine::isa_cuda::batch_norm_sums<WarpLane, BroadcastAccess>(
            batch_norm_row<BroadcastAccess>(step, item, at, thread.lane()), sum, product);
      }
      parts[thread.index] = sum;
      parts[kThreads + thread.index] = product;
    } else {
      if (thread.warp() != 0) return;
      double sum = 0, product = 0;
      for (int32_t warp = 0; warp < kWarps; ++warp) {
        sum += parts[warp * kLanes + thread.lane()];
        product += parts[kThreads + warp * kLanes + thread.lane()];
      }
      double* sums = item.sums + (step.sums + thread.block) * 2 * kLanes + thread.lane();
      sums[0] = sum;
      sums[kLanes] = product;
      if (step.jacobian >= 0) {
        const double inverse = item.norms[(step.norm + thread.block) * 4 + 3];
        item.jacobian[(step.jacobian + thread.block) * step.jacobian_stride + item.direction_block * kLanes +
                      thread.lane()] = static_cast<float>(product * (step.scale * inverse));
      }
    }
  }
};

/// Gradient of the input through the statistics: a warp for each row.
struct BatchNormApply : WarpKernel<BatchNormStep> {
  template <int Phase>
  static TENAS_HD void run(const Thread& thread, const Tables&, const Step& step, const Item& item, State&,
                           unsigned char*) {
    if (warp_of(thread) >= step.warps()) return;
    const RowOf at(step.shape, warp_of(thread));
    auto row = batch_norm_row<BroadcastAccess>(step, item, at, thread.lane());
    row.out = out_row(step, item, at, thread.lane());
    const double* norm = item.norms + (step.norm + at.channel) * 4;
    const double* sums = item.sums + (step.sums + at.channel) * 2 * kLanes + thread.lane();
    const double exact = norm[1] * step.scale, share = -exact / step.count;
    engine::isa_cuda::batch_norm_apply<WarpLane, BroadcastAccess>(
        row, static_cast<float>(exact), static_cast<float>(share * sums[0]),
        static_cast<float>(share * norm[3] * norm[3] * sums[kLanes]));
  }
};

/// Constant statistics: a block for each channel of each block of samples, rows dealt to its warps.
struct BatchNormConstant {
  using Step = BatchNormStep;
  using State = NoState;
  static constexpr int32_t kThreads = 128, kPhases = 2, kWarps = kThreads / kLanes;
  static constexpr size_t kShared = sizeof(double) * kThreads;
  static int64_t blocks(const Step& step) { return int64_t{step.shape.units} * step.shape.channels; }

  template <int Phase>
  static TENAS_HD void run(const Thread& thread, const Tables&, const Step& step, const Item& item, State&,
                           unsigned char* shared) {
    if (thread.block >= step.shape.units * step.shape.channels) return;
    auto* parts = reinterpret_cast<double*>(shared);  // [warp][lane]
    const int32_t unit = thread.block / step.shape.channels, channel = thread.block % step.shape.channels;
    if constexpr (Phase == 0) {
      double product = 0;
      for (int32_t index = thread.warp(); index < step.shape.rows; index += kWarps) {
        RowOf at(step.shape, 0);
        at.unit = unit;
        at.channel = channel;
        at.row = index;
        auto row = batch_norm_row<LaneAccess>(step, item, at, thread.lane());
        if (step.wanted) row.out = out_row(step, item, at, thread.lane());
        product +=
            engine::isa_cuda::batch_norm_constant<WarpLane, LaneAccess>(row, slope(step, item, channel));
      }
      parts[thread.index] = product;
    } else {
      if (thread.warp() != 0 || step.jacobian < 0) return;
      double product = 0;
      for (int32_t warp = 0; warp < kWarps; ++warp) product += parts[warp * kLanes + thread.lane()];
      const double inverse = item.norms[(step.norm + channel) * 4 + 3];
      item.jacobian[(step.jacobian + channel) * step.jacobian_stride + unit * kLanes + thread.lane()] =
          static_cast<float>(product * (step.scale * inverse));
    }
  }
};

}  // namespace tenas::cuda
