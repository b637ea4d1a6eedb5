// Statistics of every sample over its own pixels.
#pragma once

#include <cmath>

#include "cuda/kernel.hpp"
#include "cuda/kernels/statistics.hpp"
#include "kernels/batch_norm.hpp"

namespace tenas::cuda {

/// One channel's normalisation of one sample.
class SampleNorm {
 public:
  /// `samples`: those of the batch, padded to whole warps.
  TENAS_HD SampleNorm(const Item& item, int64_t channel, int64_t samples, int64_t unit, int32_t lane)
      : first_(item.sample_norms + channel * 3 * samples + unit * kLanes + lane), samples_(samples) {}
  TENAS_HD float& mean() const { return first_[0]; }
  TENAS_HD float& factor() const { return first_[samples_]; }
  TENAS_HD float& inverse_deviation() const { return first_[2 * samples_]; }

 private:
  float* first_;
  int64_t samples_;
};

/// Mean and variance of each sample: a warp for each channel of each block of samples.
struct SampleStatistics : WarpKernel<SampleStatisticsStep> {
  template <int Phase>
  static TENAS_HD void run(const Thread& thread, const Tables&, const Step& step, const Item& item, State&,
                           unsigned char*) {
    if (warp_of(thread) >= step.warps()) return;
    const StatisticsStep& of = step.of;
    const auto unit = static_cast<int32_t>(warp_of(thread) / of.channels);
    const auto channel = static_cast<int32_t>(warp_of(thread) % of.channels);
    const float* p = plane<LaneAccess>(item, of.in, unit, channel, thread.lane());
    const double count = static_cast<double>(of.rows) * of.cols;
    const double mean =
        engine::isa_cuda::channel_moment<WarpLane, 1>(p, of.in.row, of.rows, of.cols, 0) / count;
    const auto centre = static_cast<float>(mean);
    const double squares =
        engine::isa_cuda::channel_moment<WarpLane, 2>(p, of.in.row, of.rows, of.cols, centre);
    const double bias = mean - static_cast<double>(centre);
    double variance = squares / count - bias * bias;
    if (variance < 0) variance = 0;
    const double inverse = 1.0 / sqrt(variance + of.eps);
    const double scale = of.weight >= 0 ? item.plain[of.weight + channel] : 1.0;
    const SampleNorm own(item, of.norm + channel, step.samples(), unit, thread.lane());
    own.mean() = centre;
    own.factor() = static_cast<float>(scale * inverse);
    own.inverse_deviation() = static_cast<float>(inverse);
    if (unit == 0 && thread.lane() == 0) {
      item.norms[(of.norm + channel) * 4 + 2] = of.bias >= 0 ? item.plain[of.bias + channel] : 0.0f;
    }
  }
};

}  // namespace tenas::cuda
