// Gradient of convolution weights: a block for up to 4 output channels x 9 (input channel, tap) columns; its
// warps share the rows of all samples and add up what they found at the end.
#pragma once

#include <algorithm>

#include "cuda/kernel.hpp"
#include "cuda/kernels/convolution.hpp"
#include "kernels/weight_gradient.hpp"

namespace tenas::cuda {

struct WeightGradientStep {
  Tensor gradient, input;
  int64_t columns = 0;  // first displacement in the table
  int32_t column_count = 0;
  int32_t units = 0, groups = 0, sources = 0, channels = 0;  // channels per group
  int32_t rows = 0, cols = 0, stride_row = 1, stride_col = 1;
  int64_t jacobian = 0, jacobian_stride = 0;

  static constexpr int32_t kChannelTile = 4, kColumnTile = 9;
  TENAS_HD int32_t channel_tiles() const { return (channels + kChannelTile - 1) / kChannelTile; }
  TENAS_HD int32_t column_tiles() const { return (column_count + kColumnTile - 1) / kColumnTile; }
  TENAS_HD int32_t tiles() const { return groups * channel_tiles() * column_tiles(); }
  /// Rows that are summed in single precision before they are added to the rest.
  TENAS_HD int32_t band() const { return std::max(1, 128 / std::max(cols, 1)); }
};

/// A reads the input; with BroadcastAccess lanes are directions and the block sums over all samples (units),
/// with LaneAccess lanes are samples and every unit has blocks of its own.
template <class A>
struct WeightGradient {
  using Step = WeightGradientStep;
  using State = NoState;
  static constexpr bool kByDirection = A::stride == 1;
  static constexpr int32_t kThreads = 128, kPhases = 2, kWarps = kThreads / kLanes;
  static constexpr int32_t kTile = Step::kChannelTile * Step::kColumnTile;
  static constexpr size_t kShared = sizeof(float) * kTile * kThreads;  // [warp][channel][column][lane]
  static int64_t blocks(const Step& step) { return int64_t{step.tiles()} * (kByDirection ? 1 : step.units); }

  struct Place {
    int32_t unit, group, channel, width, column, count;
    TENAS_HD Place(const Step& step, int32_t block) {
      const int32_t tile = block % step.tiles();
      unit = block / step.tiles();
      column = tile % step.column_tiles() * Step::kColumnTile;
      count = std::min(step.column_count - column, int32_t{Step::kColumnTile});
      const int32_t tiles = step.channel_tiles(), index = tile / step.column_tiles() % tiles;
      group = tile / step.column_tiles() / tiles;
      channel = tile_begin(step.channels, tiles, index);
      width = tile_begin(step.channels, tiles, index + 1) - channel;
    }
  };

  template <int CO>
  static TENAS_HD void columns(const engine::isa_cuda::WeightGradientArgs<float>& args, int32_t count,
                               int32_t row, int32_t row_end) {
    int32_t column = 0;
    for (; column + 9 <= count; column += 9) {
      engine::isa_cuda::weight_gradient_tile<WarpLane, A, CO, 9>(args, 0, column, row, row_end);
    }
    for (; column + 3 <= count; column += 3) {
      engine::isa_cuda::weight_gradient_tile<WarpLane, A, CO, 3>(args, 0, column, row, row_end);
    }
    for (; column < count; ++column) {
      engine::isa_cuda::weight_gradient_tile<WarpLane, A, CO, 1>(args, 0, column, row, row_end);
    }
  }

  static TENAS_HD void sum(const Thread& thread, const Tables& tables, const Step& step, const Item& item,
                           const Place& place, float* own) {
    for (int32_t k = 0; k < kTile; ++k) own[k * kLanes] = 0;
    const int32_t bands = (step.rows + step.band() - 1) / step.band();
    const int32_t units = kByDirection ? step.units : 1;
    engine::isa_cuda::WeightGradientArgs<float> args;
    args.columns = tables.columns + step.columns + place.column;
    args.column_count = Step::kColumnTile;
    args.input_row = int64_t{step.stride_row} * step.input.row;
    args.input_col = step.stride_col;
    args.rows = step.rows;
    args.cols = step.cols;
    args.jacobian = own;
    args.jacobian_row = kLanes;
    for (int32_t index = thread.warp(); index < units * bands; index += kWarps) {
      const int32_t unit = kByDirection ? index / bands : place.unit, band = index % bands;
      args.gradient = {plane<LaneAccess>(item, step.gradient, unit,
                                         int64_t{place.group} * step.channels + place.channel, thread.lane()),
                       step.gradient.channel, step.gradient.row};
      args.input = plane<A>(item, step.input, unit, int64_t{place.group} * step.sources, thread.lane());
      const int32_t row = band * step.band(), row_end = std::min(row + step.band(), step.rows);
      switch (place.width) {
        case 1:
          columns<1>(args, place.count, row, row_end);
          break;
        case 2:
          columns<2>(args, place.count, row, row_end);
          break;
        case 3:
          columns<3>(args, place.count, row, row_end);
          break;
        default:
          columns<4>(args, place.count, row, row_end);
          break;
      }
    }
  }

  template <int Phase>
  static TENAS_HD void run(const Thread& thread, const Tables& tables, const Step& step, const Item& item,
                           State&, unsigned char* shared) {
    if (thread.block >= blocks_of(step)) return;
    auto* parts = reinterpret_cast<float*>(shared);
    const Place place(step, thread.block);
    if constexpr (Phase == 0) {
      sum(thread, tables, step, item, place, parts + thread.warp() * kTile * kLanes + thread.lane());
    } else {
      const int32_t lanes = (kByDirection ? item.direction_block : place.unit) * kLanes + thread.lane();
      for (int32_t k = thread.warp(); k < place.width * Step::kColumnTile; k += kWarps) {
        const int32_t channel = k / Step::kColumnTile, column = k % Step::kColumnTile;
        if (column >= place.count) continue;
        float total = 0;
        for (int32_t warp = 0; warp < kWarps; ++warp)
          total += parts[(warp * kTile + k) * kLanes + thread.lane()];
        const int64_t weight =
            (int64_t{place.group} * step.channels + place.channel + channel) * step.column_count +
            place.column + column;
        item.jacobian[(step.jacobian + weight) * step.jacobian_stride + lanes] = total;
      }
    }
  }

 private:
  static TENAS_HD int64_t blocks_of(const Step& step) {
    return int64_t{step.tiles()} * (kByDirection ? 1 : step.units);
  }
};

}  // namespace tenas::cuda
