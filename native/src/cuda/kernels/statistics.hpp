// Mean and variance of one channel over the batch, a block for each: two passes over the activations.
#pragma once

#include <cmath>

#include "cuda/kernel.hpp"
#include "kernels/batch_norm.hpp"

namespace tenas::cuda {

struct StatisticsStep {
  Tensor in;
  int32_t units = 0, channels = 0, rows = 0, cols = 0, batch = 0;
  int64_t norm = 0;                                                     // first channel in the item's norms
  int64_t weight = -1, bias = -1, running_mean = -1, running_var = -1;  // plain parameters, or none
  double eps = 0;
  bool running = false;  // take the stored statistics instead
};

/// The same for every sample of its own: the step of SampleStatistics (sample_norm.hpp).
struct SampleStatisticsStep {
  StatisticsStep of;
  TENAS_HD int64_t samples() const { return int64_t{of.units} * kLanes; }
  TENAS_HD int64_t warps() const { return int64_t{of.units} * of.channels; }
};

struct Statistics {
  using Step = StatisticsStep;
  struct State {
    double mean = 0;
  };
  static constexpr int32_t kThreads = 128, kPhases = 5, kWarps = kThreads / kLanes;
  static constexpr size_t kShared = sizeof(double) * (kThreads + 2 * kWarps);
  static int64_t blocks(const Step& step) { return step.channels; }

  /// This thread's part of the sum of (x - centre)^Power: rows dealt to warps, samples to lanes.
  template <int Power>
  static TENAS_HD double part(const Thread& thread, const Step& step, const Item& item, float centre) {
    double sum = 0;
    for (int32_t index = thread.warp(); index < step.units * step.rows; index += kWarps) {
      const int32_t unit = index / step.rows, row = index % step.rows;
      if (unit * kLanes + thread.lane() >= step.batch) continue;
      const float* p = plane<LaneAccess>(item, step.in, unit, thread.block, thread.lane());
      sum += engine::isa_cuda::channel_moment<WarpLane, Power>(p + row * step.in.row * kLanes, 0, 1,
                                                               step.cols, centre);
    }
    return sum;
  }

  static TENAS_HD double total(const double* values, int32_t count) {
    double sum = 0;
    for (int32_t i = 0; i < count; ++i) sum += values[i];
    return sum;
  }

  template <int Phase>
  static TENAS_HD void run(const Thread& thread, const Tables&, const Step& step, const Item& item,
                           State& state, unsigned char* shared) {
    if (thread.block >= step.channels) return;
    auto* parts = reinterpret_cast<double*>(shared);
    double* by_warp = parts + kThreads;  // of the first, then of the second moment
    const double count = static_cast<double>(step.batch) * step.rows * step.cols;
    if constexpr (Phase == 0) {
      if (!step.running) parts[thread.index] = part<1>(thread, step, item, 0);
    } else if constexpr (Phase == 1 || Phase == 3) {
      if (step.running || thread.lane() != 0) return;
      by_warp[(Phase == 1 ? 0 : kWarps) + thread.warp()] = total(parts + thread.index, kLanes);
    } else if constexpr (Phase == 2) {
      if (step.running) return;
      state.mean = total(by_warp, kWarps) / count;
      parts[thread.index] = part<2>(thread, step, item, static_cast<float>(state.mean));
    } else {
      if (thread.index != 0) return;
      double mean = state.mean, variance;
      if (step.running) {
        mean = item.plain[step.running_mean + thread.block];
        variance = item.plain[step.running_var + thread.block];
      } else {
        const double bias = mean - static_cast<double>(static_cast<float>(mean));
        variance = total(by_warp + kWarps, kWarps) / count - bias * bias;
        if (variance < 0) variance = 0;
      }
      const double inverse = 1.0 / sqrt(variance + step.eps);
      const double scale = step.weight >= 0 ? item.plain[step.weight + thread.block] : 1.0;
      double* norm = item.norms + (step.norm + thread.block) * 4;
      norm[0] = static_cast<float>(mean);
      norm[1] = static_cast<float>(scale * inverse);
      norm[2] = step.bias >= 0 ? item.plain[step.bias + thread.block] : 0.0f;
      norm[3] = inverse;
    }
  }
};

}  // namespace tenas::cuda
