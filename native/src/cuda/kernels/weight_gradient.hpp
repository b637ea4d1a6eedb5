// Gradient of convolution weights: a block for up to 4 output channels x 9 (input channel, tap) columns; its
// warps share the rows of all samples and add up what they found at the end. By direction or sample for a
// Jacobian, or summed.
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
  TENAS_HD int32_t bands() const { return (rows + band() - 1) / band(); }
  /// The weight of a channel and column of a tile.
  TENAS_HD int64_t weight(int32_t group, int32_t channel, int32_t column) const {
    return (int64_t{group} * channels + channel) * column_count + column;
  }
};

/// The tile of a block.
struct WeightTile {
  int32_t group, channel, width, column, count;
  TENAS_HD WeightTile(const WeightGradientStep& step, int32_t tile) {
    column = tile % step.column_tiles() * WeightGradientStep::kColumnTile;
    count = std::min(step.column_count - column, int32_t{WeightGradientStep::kColumnTile});
    const int32_t tiles = step.channel_tiles(), index = tile / step.column_tiles() % tiles;
    group = tile / step.column_tiles() / tiles;
    channel = tile_begin(step.channels, tiles, index);
    width = tile_begin(step.channels, tiles, index + 1) - channel;
  }
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

  /// This warp's share of bands [first, end), which are counted over all units.
  static TENAS_HD void sum(const Thread& thread, const Tables& tables, const Step& step, const Item& item,
                           const WeightTile& place, int32_t first, int32_t end, float* own) {
    for (int32_t k = 0; k < kTile; ++k) own[k * kLanes] = 0;
    engine::isa_cuda::WeightGradientArgs<float> args;
    args.columns = tables.columns + step.columns + place.column;
    args.column_count = Step::kColumnTile;
    args.input_row = int64_t{step.stride_row} * step.input.row;
    args.input_col = step.stride_col;
    args.rows = step.rows;
    args.cols = step.cols;
    args.jacobian = own;
    args.jacobian_row = kLanes;
    for (int32_t index = first + thread.warp(); index < end; index += kWarps) {
      const int32_t unit = index / step.bands(), band = index % step.bands();
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
    const WeightTile place(step, thread.block % step.tiles());
    const int32_t unit = thread.block / step.tiles();
    if constexpr (Phase == 0) {
      const int32_t first = kByDirection ? 0 : unit * step.bands();
      const int32_t end = first + (kByDirection ? step.units : 1) * step.bands();
      sum(thread, tables, step, item, place, first, end,
          parts + thread.warp() * kTile * kLanes + thread.lane());
    } else {
      const int32_t lanes = (kByDirection ? item.direction_block : unit) * kLanes + thread.lane();
      for (int32_t k = thread.warp(); k < place.width * Step::kColumnTile; k += kWarps) {
        const int32_t channel = k / Step::kColumnTile, column = k % Step::kColumnTile;
        if (column >= place.count) continue;
        float total = 0;
        for (int32_t warp = 0; warp < kWarps; ++warp)
          total += parts[(warp * kTile + k) * kLanes + thread.lane()];
        const int64_t weight = step.weight(place.group, place.channel + channel, place.column + column);
        item.jacobian[(step.jacobian + weight) * step.jacobian_stride + lanes] = total;
      }
    }
  }

 private:
  static TENAS_HD int64_t blocks_of(const Step& step) {
    return int64_t{step.tiles()} * (kByDirection ? 1 : step.units);
  }
};

struct WeightSumStep {
  WeightGradientStep of;
  int64_t parts = 0;    // first value in the item's parts
  int32_t divided = 1;  // parts that the bands of all units are divided into
  TENAS_HD int64_t size() const { return int64_t{of.groups} * of.channels * of.column_count; }
};

/// The same summed over all samples: every tile has a block for each part of the bands. Parts go to the
/// item's, [part][weight]; see PartSum.
struct WeightSum {
  using Step = WeightSumStep;
  using State = NoState;
  using Rows = WeightGradient<LaneAccess>;
  static constexpr int32_t kThreads = Rows::kThreads, kPhases = 2;
  static constexpr size_t kShared = Rows::kShared;  // [warp][channel][column][lane]
  static int64_t blocks(const Step& step) { return int64_t{step.of.tiles()} * step.divided; }

  template <int Phase>
  static TENAS_HD void run(const Thread& thread, const Tables& tables, const Step& step, const Item& item,
                           State&, unsigned char* shared) {
    if (thread.block >= step.of.tiles() * step.divided) return;
    auto* parts = reinterpret_cast<float*>(shared);
    const WeightTile place(step.of, thread.block % step.of.tiles());
    const int64_t part = thread.block / step.of.tiles();
    if constexpr (Phase == 0) {
      const int64_t bands = int64_t{step.of.units} * step.of.bands();
      Rows::sum(thread, tables, step.of, item, place, static_cast<int32_t>(bands * part / step.divided),
                static_cast<int32_t>(bands * (part + 1) / step.divided),
                parts + thread.warp() * Rows::kTile * kLanes + thread.lane());
    } else {
      const int32_t channel = thread.index / WeightGradientStep::kColumnTile;
      const int32_t column = thread.index % WeightGradientStep::kColumnTile;
      if (channel >= place.width || column >= place.count) return;
      double total = 0;
      for (int32_t warp = 0; warp < Rows::kWarps; ++warp) {
        const float* own = parts + (warp * Rows::kTile + thread.index) * kLanes;
        // Every thread begins at another bank.
        for (int32_t i = 0; i < kLanes; ++i) total += own[(i + thread.index) % kLanes];
      }
      item.parts[step.parts + part * step.size() +
                 step.of.weight(place.group, place.channel + channel, place.column + column)] = total;
    }
  }
};

}  // namespace tenas::cuda
