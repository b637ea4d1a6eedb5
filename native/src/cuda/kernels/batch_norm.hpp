// Backward pass of batch norm: through the batch's statistics (sums over the batch first, then the gradient),
// with constant statistics (both in one pass), through every sample's own.
#pragma once

#include "cuda/kernel.hpp"
#include "cuda/kernels/sample_norm.hpp"
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
  int64_t weight = -1, bias = -1;  // scale and shift in the item's gradient, or none
  double scale = 1;                // of the output gradient
  double count = 1;                // values that the statistics run over
  int32_t batch = 0;
  bool constant = false;  // the statistics do not depend on the input
  bool wanted = false, accumulate = false;
  TENAS_HD int64_t warps() const { return shape.count(); }
};

/// The step of BatchNormSample; its `count` is of one sample.
struct SampleNormStep {
  BatchNormStep of;
  int64_t parts = 0;  // first value in the item's parts
  TENAS_HD int64_t samples() const { return int64_t{of.shape.units} * kLanes; }
  TENAS_HD int64_t warps() const { return int64_t{of.shape.units} * of.shape.channels; }
};

/// One row of a plane as the kernel bodies take it; without `out`.
template <class A>
TENAS_HD engine::isa_cuda::BatchNormPlane<float> batch_norm_row(const BatchNormStep& step, const Item& item,
                                                                const RowOf& at, int32_t lane) {
  engine::isa_cuda::BatchNormPlane<float> row;
  row.gradient = row_start<LaneAccess>(item, step.gradient, at, lane);
  row.input = row_start<A>(item, step.input, at, lane);
  row.rows = 1;
  row.cols = step.cols;
  row.mean = static_cast<float>(item.norms[(step.norm + at.channel) * 4]);
  row.accumulate = step.accumulate;
  return row;
}

TENAS_HD inline float slope(const BatchNormStep& step, const Item& item, int32_t channel) {
  return static_cast<float>(item.norms[(step.norm + channel) * 4 + 1] * step.scale);
}

/// Sums over all samples of the output gradient and of its product with (input - mean): a block for each
/// channel. Also the gradients of scale and shift. A reads the input: with BroadcastAccess lanes are
/// directions, each with sums of its own; with LaneAccess they are samples, and every lane gets the sums over
/// all.
template <class A>
struct BatchNormSums {
  using Step = BatchNormStep;
  using State = NoState;
  static constexpr bool kByDirection = A::stride == 1;
  static constexpr int32_t kThreads = kByDirection ? 128 : 512, kPhases = 2, kWarps = kThreads / kLanes;
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
        engine::isa_cuda::batch_norm_sums<WarpLane, A>(batch_norm_row<A>(step, item, at, thread.lane()), sum,
                                                       product);
      }
      parts[thread.index] = sum;
      parts[kThreads + thread.index] = product;
    } else {
      if (thread.warp() != 0) return;
      double sum = 0, product = 0;
      for (int32_t i = kByDirection ? thread.lane() : 0; i < kThreads; i += kByDirection ? kLanes : 1) {
        sum += parts[i];
        product += parts[kThreads + i];
      }
      double* sums = item.sums + (step.sums + thread.block) * 2 * kLanes + thread.lane();
      sums[0] = sum;
      sums[kLanes] = product;
      const double inverse = item.norms[(step.norm + thread.block) * 4 + 3];
      if constexpr (kByDirection) {
        if (step.jacobian < 0) return;
        item.jacobian[(step.jacobian + thread.block) * step.jacobian_stride + item.direction_block * kLanes +
                      thread.lane()] = static_cast<float>(product * (step.scale * inverse));
      } else if (thread.lane() == 0) {
        if (step.weight >= 0) item.gradient[step.weight + thread.block] = product * (step.scale * inverse);
        if (step.bias >= 0) item.gradient[step.bias + thread.block] = sum * step.scale;
      }
    }
  }
};

/// Gradient of the input, given the sums: a warp for each row.
template <class A>
struct BatchNormApply : WarpKernel<BatchNormStep> {
  template <int Phase>
  static TENAS_HD void run(const Thread& thread, const Tables&, const BatchNormStep& step, const Item& item,
                           NoState&, unsigned char*) {
    const int64_t index = WarpKernel<BatchNormStep>::warp_of(thread);
    if (index >= step.warps()) return;
    const RowOf at(step.shape, index);
    auto row = batch_norm_row<A>(step, item, at, thread.lane());
    row.out = row_start<LaneAccess>(item, step.out, at, thread.lane());
    const double* norm = item.norms + (step.norm + at.channel) * 4;
    const double exact = norm[1] * step.scale;
    double shift = 0, tilt = 0;
    // Idle lanes keep a gradient of zeros: they would reach sums over the samples.
    if (!step.constant && (A::stride == 1 || at.unit * kLanes + thread.lane() < step.batch)) {
      const double* sums = item.sums + (step.sums + at.channel) * 2 * kLanes + thread.lane();
      const double share = -exact / step.count;
      shift = share * sums[0];
      tilt = share * norm[3] * norm[3] * sums[kLanes];
    }
    engine::isa_cuda::batch_norm_apply<WarpLane, A>(row, static_cast<float>(exact), static_cast<float>(shift),
                                                    static_cast<float>(tilt));
  }
};

/// Constant statistics, a Jacobian row by sample: a block for each channel of each block of samples, rows
/// dealt to its warps.
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
        if (step.wanted) row.out = row_start<LaneAccess>(item, step.out, at, thread.lane());
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

/// Through every sample's own statistics: a warp for each channel of each block of samples. Shares of scale
/// and shift go to the item's parts, [scale, shift][sample][channel]; see PartSum.
struct BatchNormSample : WarpKernel<SampleNormStep> {
  template <int Phase>
  static TENAS_HD void run(const Thread& thread, const Tables&, const Step& step, const Item& item, State&,
                           unsigned char*) {
    if (warp_of(thread) >= step.warps()) return;
    const BatchNormStep& of = step.of;
    RowOf at(of.shape, 0);
    at.unit = static_cast<int32_t>(warp_of(thread) / of.shape.channels);
    at.channel = static_cast<int32_t>(warp_of(thread) % of.shape.channels);
    const SampleNorm norm(item, of.norm + at.channel, step.samples(), at.unit, thread.lane());
    auto plane = batch_norm_row<LaneAccess>(of, item, at, thread.lane());
    plane.rows = of.shape.rows;
    plane.gradient_row = of.gradient.row;
    plane.input_row = of.input.row;
    plane.mean = norm.mean();
    double sum = 0, product = 0;
    engine::isa_cuda::batch_norm_sums<WarpLane, LaneAccess>(plane, sum, product);
    const double inverse = norm.inverse_deviation();
    const int64_t sample = int64_t{at.unit} * kLanes + thread.lane();
    double* share = item.parts + step.parts + sample * of.shape.channels + at.channel;
    if (of.weight >= 0) share[0] = product * inverse * of.scale;
    if (of.bias >= 0) share[step.samples() * of.shape.channels] = sum * of.scale;
    if (!of.wanted) return;
    plane.out = row_start<LaneAccess>(item, of.out, at, thread.lane());
    plane.out_row = of.out.row;
    const float slope = norm.factor() * static_cast<float>(of.scale);
    const double part = static_cast<double>(slope) * (-1.0 / of.count);
    engine::isa_cuda::batch_norm_apply<WarpLane, LaneAccess>(
        plane, slope, static_cast<float>(part * sum), static_cast<float>(part * inverse * inverse * product));
  }
};

}  // namespace tenas::cuda
