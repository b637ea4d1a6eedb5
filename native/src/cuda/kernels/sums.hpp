// Sums over the batch: gradients by biases and mixing coefficients, and the parts of other gradients.
#pragma once

#include "cuda/kernel.hpp"
#include "cuda/kernels/sample_norm.hpp"
#include "kernels/batch_norm.hpp"
#include "tasks/gradient_sums.hpp"

namespace tenas::cuda {

struct ChannelSumStep {
  Tensor gradient;
  Rows shape;
  int32_t cols = 0;
  int64_t bias = 0;  // in the item's gradient
};

/// Gradient of a convolution's bias: a block for each channel.
struct ChannelSum {
  using Step = ChannelSumStep;
  using State = NoState;
  static constexpr int32_t kThreads = 128, kPhases = 2, kWarps = kThreads / kLanes;
  static constexpr size_t kShared = sizeof(double) * kThreads;
  static int64_t blocks(const Step& step) { return step.shape.channels; }

  template <int Phase>
  static TENAS_HD void run(const Thread& thread, const Tables&, const Step& step, const Item& item, State&,
                           unsigned char* shared) {
    if (thread.block >= step.shape.channels) return;
    auto* parts = reinterpret_cast<double*>(shared);
    if constexpr (Phase == 0) {
      double sum = 0;
      for (int32_t index = thread.warp(); index < step.shape.units * step.shape.rows; index += kWarps) {
        const int32_t unit = index / step.shape.rows, row = index % step.shape.rows;
        const float* p = plane<LaneAccess>(item, step.gradient, unit, thread.block, thread.lane());
        sum += engine::isa_cuda::channel_moment<WarpLane, 1>(p + row * step.gradient.row * kLanes, 0, 1,
                                                             step.cols, 0);
      }
      parts[thread.index] = sum;
    } else {
      if (thread.index != 0) return;
      item.gradient[step.bias + thread.block] = sum_of_threads(parts, kThreads);
    }
  }
};

struct CoefficientStep {
  Tensor gradient, output;  // of the mix; of the operation, or what its batch norm reads
  Rows shape;
  int32_t cols = 0, batch = 0;
  int64_t norm = -1;       // first channel in the item's norms, or none
  int64_t samples = 0;     // as in Term
  int64_t first = 0;       // channel's share in the item's coefficients
  int64_t drop_path = -1;  // as in Term
};

/// Sum of the mix's gradient times the operation's output: a block for each channel.
struct CoefficientSum {
  using Step = CoefficientStep;
  using State = NoState;
  static constexpr int32_t kThreads = 128, kPhases = 2, kWarps = kThreads / kLanes;
  static constexpr size_t kShared = sizeof(double) * kThreads;
  static int64_t blocks(const Step& step) { return step.shape.channels; }

  /// This lane's sum over one row.
  static TENAS_HD double row(const Step& step, const Item& item, const RowOf& at, int32_t lane) {
    engine::isa_cuda::BatchNormPlane<float> own;
    own.gradient = row_start<LaneAccess>(item, step.gradient, at, lane);
    own.input = row_start<LaneAccess>(item, step.output, at, lane);
    own.rows = 1;
    own.cols = step.cols;
    double factor = 1, shift = 0;
    if (step.norm >= 0) {
      const double* norm = item.norms + (step.norm + at.channel) * 4;
      own.mean = static_cast<float>(norm[0]);
      factor = norm[1];
      shift = norm[2];
      if (step.samples > 0) {
        const SampleNorm sample(item, step.norm + at.channel, step.samples, at.unit, lane);
        own.mean = sample.mean();
        factor = sample.factor();
      }
    }
    double sum = 0, product = 0;
    engine::isa_cuda::batch_norm_sums<WarpLane, LaneAccess>(own, sum, product);
    return (factor * product + shift * sum) * static_cast<double>(kept(item, step.drop_path, at.unit, lane));
  }

  template <int Phase>
  static TENAS_HD void run(const Thread& thread, const Tables&, const Step& step, const Item& item, State&,
                           unsigned char* shared) {
    if (thread.block >= step.shape.channels) return;
    auto* parts = reinterpret_cast<double*>(shared);
    if constexpr (Phase == 0) {
      double sum = 0;
      for (int32_t index = thread.warp(); index < step.shape.units * step.shape.rows; index += kWarps) {
        RowOf at(step.shape, 0);
        at.unit = index / step.shape.rows;
        at.channel = thread.block;
        at.row = index % step.shape.rows;
        if (at.unit * kLanes + thread.lane() < step.batch) sum += row(step, item, at, thread.lane());
      }
      parts[thread.index] = sum;
    } else {
      if (thread.index != 0) return;
      item.coefficients[step.first + thread.block] = sum_of_threads(parts, kThreads);
    }
  }
};

struct PartStep {
  int64_t parts = 0;  // first value in the item's parts, [part][value]
  int64_t count = 0, values = 0;
  int64_t gradient = 0;  // first value in the item's gradient
};

/// Adds up parts of the gradient by parameters in their order: a thread for each value.
struct PartSum {
  using Step = PartStep;
  using State = NoState;
  static constexpr int32_t kThreads = 128, kPhases = 1;
  static constexpr size_t kShared = 0;
  static int64_t blocks(const Step& step) { return (step.values + kThreads - 1) / kThreads; }

  template <int Phase>
  static TENAS_HD void run(const Thread& thread, const Tables&, const Step& step, const Item& item, State&,
                           unsigned char*) {
    const int64_t value = int64_t{thread.block} * kThreads + thread.index;
    if (value >= step.values) return;
    double sum = 0;
    for (int64_t part = 0; part < step.count; ++part) {
      sum += item.parts[step.parts + part * step.values + value];
    }
    item.gradient[step.gradient + value] = sum;
  }
};

struct TensorSumStep {
  int64_t offset = 0, size = 0;  // of the parameter
  int64_t sums = 0;              // first value in the item's tensor sums
  int32_t batches = 1;
  int64_t stride = 0;  // from one batch's gradient to the next
};

/// Sums of a parameter tensor's gradient over its entries: a block for each tensor.
struct TensorSum {
  using Step = TensorSumStep;
  using State = NoState;
  static constexpr int32_t kThreads = 256, kPhases = 2;
  static constexpr size_t kShared = sizeof(double) * kThreads * kGradientSums;
  static int64_t blocks(const Step&) { return 1; }

  template <int Phase>
  static TENAS_HD void run(const Thread& thread, const Tables&, const Step& step, const Item& item, State&,
                           unsigned char* shared) {
    if (thread.block > 0) return;
    auto* parts = reinterpret_cast<double*>(shared);  // [sum][thread]
    if constexpr (Phase == 0) {
      double own[kGradientSums] = {};
      for (int64_t i = step.offset + thread.index; i < step.offset + step.size; i += kThreads) {
        add_gradient_entry([&](int64_t b) { return item.gradient[b * step.stride + i]; }, step.batches,
                           item.plain[i], own);
      }
      for (int32_t k = 0; k < kGradientSums; ++k) parts[k * kThreads + thread.index] = own[k];
    } else {
      if (thread.index >= kGradientSums) return;
      item.tensor_sums[step.sums + thread.index] = sum_of_threads(parts + thread.index * kThreads, kThreads);
    }
  }
};

}  // namespace tenas::cuda
