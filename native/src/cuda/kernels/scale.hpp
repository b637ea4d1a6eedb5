// Channels times factors of their own (squeeze-and-excitation), and the gradient by the factors.
#pragma once

#include "cuda/kernel.hpp"
#include "kernels/batch_norm.hpp"
#include "kernels/combine.hpp"

namespace tenas::cuda {

/// out (+)= factor * in * the channel's factor: the forward pass, and the gradient by `in` of it.
struct ScaleStep {
  Tensor in, factors, out;  // factors: one pixel for each channel
  Rows shape;
  int32_t cols = 0;
  float factor = 1;
  bool accumulate = false;
  TENAS_HD int64_t warps() const { return shape.count(); }
};

/// A warp for each row; A reads the factors.
template <class A>
struct ScaleChannels : WarpKernel<ScaleStep> {
  template <int Phase>
  static TENAS_HD void run(const Thread& thread, const Tables&, const ScaleStep& step, const Item& item,
                           NoState&, unsigned char*) {
    const int64_t index = WarpKernel<ScaleStep>::warp_of(thread);
    if (index >= step.warps()) return;
    const RowOf at(step.shape, index);
    const float factor =
        step.factor * A::load(plane<A>(item, step.factors, at.unit, at.channel, thread.lane()));
    engine::isa_cuda::copy_plane<WarpLane>(row_start<LaneAccess>(item, step.in, at, thread.lane()), 0, factor,
                                           row_start<LaneAccess>(item, step.out, at, thread.lane()), 0, 1,
                                           step.cols, step.accumulate);
  }
};

struct FactorGradientStep {
  Tensor gradient, input, out;  // of the output; what was scaled; the factors' gradient
  Rows shape;                   // of the input
  int32_t cols = 0;
  float factor = 1;
  bool accumulate = false;
  TENAS_HD int64_t planes() const { return int64_t{shape.units} * shape.channels; }
};

/// Sums of products over a channel's pixels, in double: a block for each channel of each unit, rows dealt to
/// its warps. A reads the input.
template <class A>
struct FactorGradient {
  using Step = FactorGradientStep;
  using State = NoState;
  static constexpr int32_t kThreads = 128, kPhases = 2, kWarps = kThreads / kLanes;
  static constexpr size_t kShared = sizeof(double) * kThreads;
  static int64_t blocks(const Step& step) { return step.planes(); }

  template <int Phase>
  static TENAS_HD void run(const Thread& thread, const Tables&, const Step& step, const Item& item, State&,
                           unsigned char* shared) {
    if (thread.block >= step.planes()) return;
    auto* parts = reinterpret_cast<double*>(shared);  // [warp][lane]
    const int32_t unit = thread.block / step.shape.channels, channel = thread.block % step.shape.channels;
    if constexpr (Phase == 0) {
      double sum = 0, product = 0;
      RowOf at(step.shape, 0);
      at.unit = unit;
      at.channel = channel;
      for (at.row = thread.warp(); at.row < step.shape.rows; at.row += kWarps) {
        engine::isa_cuda::BatchNormPlane<float> row;
        row.gradient = row_start<LaneAccess>(item, step.gradient, at, thread.lane());
        row.input = row_start<A>(item, step.input, at, thread.lane());
        row.rows = 1;
        row.cols = step.cols;
        engine::isa_cuda::batch_norm_sums<WarpLane, A>(row, sum, product);
      }
      parts[thread.index] = product;
    } else {
      if (thread.warp() != 0) return;
      double product = 0;
      for (int32_t warp = 0; warp < kWarps; ++warp) product += parts[warp * kLanes + thread.lane()];
      float* out = plane<LaneAccess>(item, step.out, unit, channel, thread.lane());
      const float value = step.factor * static_cast<float>(product);
      *out = step.accumulate ? *out + value : value;
    }
  }
};

}  // namespace tenas::cuda
