// Activation functions other than ReLU, forward and backward: a warp for each row.
#pragma once

#include "cuda/kernel.hpp"
#include "kernels/activation.hpp"

namespace tenas::cuda {

struct ActivationStep {
  Tensor in, out;
  Rows shape;
  int32_t cols = 0;
  Activation function{};
  TENAS_HD int64_t warps() const { return shape.count(); }
};

struct Activate : WarpKernel<ActivationStep> {
  template <int Phase>
  static TENAS_HD void run(const Thread& thread, const Tables&, const Step& step, const Item& item, State&,
                           unsigned char*) {
    if (warp_of(thread) >= step.warps()) return;
    const RowOf at(step.shape, warp_of(thread));
    engine::isa_cuda::activate<WarpLane>(
        step.function, row_start<LaneAccess>(item, step.in, at, thread.lane()), 0,
        row_start<LaneAccess>(item, step.out, at, thread.lane()), 0, 1, step.cols);
  }
};

struct ActivationGradientStep {
  Tensor gradient, input, out;  // of the output; what the function read; the input's gradient
  Rows shape;
  int32_t cols = 0;
  Activation function{};
  float factor = 1;
  bool accumulate = false;
  TENAS_HD int64_t warps() const { return shape.count(); }
};

template <class A>
struct ActivationGradient : WarpKernel<ActivationGradientStep> {
  template <int Phase>
  static TENAS_HD void run(const Thread& thread, const Tables&, const ActivationGradientStep& step,
                           const Item& item, NoState&, unsigned char*) {
    const int64_t index = WarpKernel<ActivationGradientStep>::warp_of(thread);
    if (index >= step.warps()) return;
    const RowOf at(step.shape, index);
    engine::isa_cuda::activation_gradient<WarpLane, A>(
        step.function, row_start<LaneAccess>(item, step.gradient, at, thread.lane()), 0, step.factor,
        row_start<A>(item, step.input, at, thread.lane()), 0,
        row_start<LaneAccess>(item, step.out, at, thread.lane()), 0, 1, step.cols, step.accumulate);
  }
};

}  // namespace tenas::cuda
