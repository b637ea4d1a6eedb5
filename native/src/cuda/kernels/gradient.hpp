// The remaining parts of the backward pass: its start, ReLU, and activations one sample after the other.
#pragma once

#include "cuda/kernel.hpp"
#include "kernels/combine.hpp"

namespace tenas::cuda {

struct StartStep {
  Tensor out;
  Rows shape;
  int32_t cols = 0;
  bool by_direction = false;
  TENAS_HD int64_t warps() const { return shape.count(); }
};

/// Sets the output's gradient to one for every lane's own sample.
struct Start : WarpKernel<StartStep> {
  template <int Phase>
  static TENAS_HD void run(const Thread& thread, const Tables&, const Step& step, const Item& item, State&,
                           unsigned char*) {
    if (warp_of(thread) >= step.warps()) return;
    const RowOf at(step.shape, warp_of(thread));
    const bool own = !step.by_direction || item.direction_block * kLanes + thread.lane() == at.unit;
    float* p = row_start<LaneAccess>(item, step.out, at, thread.lane());
    for (int32_t col = 0; col < step.cols; ++col) p[col * kLanes] = own ? 1.0f : 0.0f;
  }
};

struct RectifyStep {
  Tensor gradient, activation, out;
  Rows shape;
  int32_t cols = 0;
  float factor = 1;
  bool accumulate = false;
  TENAS_HD int64_t warps() const { return shape.count(); }
};

template <class A>
struct RectifyGradient : WarpKernel<RectifyStep> {
  template <int Phase>
  static TENAS_HD void run(const Thread& thread, const Tables&, const RectifyStep& step, const Item& item,
                           NoState&, unsigned char*) {
    const int64_t index = WarpKernel<RectifyStep>::warp_of(thread);
    if (index >= step.warps()) return;
    const RowOf at(step.shape, index);
    engine::isa_cuda::rectify_gradient<WarpLane, A>(
        row_start<LaneAccess>(item, step.gradient, at, thread.lane()), 0, step.factor,
        row_start<A>(item, step.activation, at, thread.lane()), 0,
        row_start<LaneAccess>(item, step.out, at, thread.lane()), 0, 1, step.cols, step.accumulate);
  }
};

/// From [block][pixel][lane] to [sample][pixel], halos included.
struct SampleMajorStep {
  int64_t from = 0, to = 0;  // values into the item's input or activations, and into its sample-major copy
  bool input = false;        // the network's input
  int64_t pixels = 0, sample = 0;  // of the tensor; values from one sample to the next
  int32_t units = 0, batch = 0;
  TENAS_HD int64_t tiles() const { return (pixels + kLanes - 1) / kLanes; }
};

/// A block moves 32 pixels of 32 samples through shared memory, so that both sides are coalesced.
struct SampleMajor {
  using Step = SampleMajorStep;
  using State = NoState;
  static constexpr int32_t kThreads = 128, kPhases = 2, kWarps = kThreads / kLanes;
  static constexpr size_t kShared = sizeof(float) * kLanes * (kLanes + 1);
  static int64_t blocks(const Step& step) { return step.tiles() * step.units; }

  template <int Phase>
  static TENAS_HD void run(const Thread& thread, const Tables&, const Step& step, const Item& item, State&,
                           unsigned char* shared) {
    if (thread.block >= step.tiles() * step.units) return;
    auto* tile = reinterpret_cast<float*>(shared);
    const int64_t unit = thread.block / step.tiles(), first = thread.block % step.tiles() * kLanes;
    if constexpr (Phase == 0) {
      const float* from =
          item.area(step.input ? Area::kInput : Area::kActivations) + step.from + unit * step.pixels * kLanes;
      for (int32_t pixel = thread.warp(); pixel < kLanes && first + pixel < step.pixels; pixel += kWarps) {
        tile[pixel * (kLanes + 1) + thread.lane()] = from[(first + pixel) * kLanes + thread.lane()];
      }
    } else {
      if (first + thread.lane() >= step.pixels) return;
      float* to = item.area(Area::kSampleMajor) + step.to + first + thread.lane();
      for (int32_t lane = thread.warp(); lane < kLanes && unit * kLanes + lane < step.batch; lane += kWarps) {
        to[(unit * kLanes + lane) * step.sample] = tile[thread.lane() * (kLanes + 1) + lane];
      }
    }
  }
};

}  // namespace tenas::cuda
