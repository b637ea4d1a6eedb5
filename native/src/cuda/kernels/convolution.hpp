// A convolution, or a part of its backward pass by data: a warp computes up to 4 output channels x 8
// pixels of a row.
#pragma once

#include <algorithm>
#include <span>

#include "cuda/kernel.hpp"
#include "kernels/convolution.hpp"

namespace tenas::cuda {

struct ConvolutionStep {
  Tensor in, out;
  int64_t weights = 0, bias = -1;  // values into the item's packed and plain parameters
  int64_t columns = 0;             // first displacement in the table
  int32_t column_count = 0;
  int32_t units = 0, groups = 0, sources = 0, channels = 0;  // channels per group: read and written
  int32_t rows = 0, cols = 0, first_row = 0, first_col = 0, step_row = 1, step_col = 1;
  int32_t src_step_row = 1, src_step_col = 1;
  bool accumulate = false;

  static constexpr int32_t kChannelTile = 4, kPixelTile = 8;
  TENAS_HD int32_t channel_tiles() const { return (channels + kChannelTile - 1) / kChannelTile; }
  TENAS_HD int32_t col_tiles() const { return (cols + kPixelTile - 1) / kPixelTile; }
  TENAS_HD int64_t warps() const { return int64_t{units} * groups * channel_tiles() * rows * col_tiles(); }
};

/// First channel of tile `index` of `tiles` nearly equal ones; also the order in which weights are packed.
TENAS_HD inline int32_t tile_begin(int32_t channels, int32_t tiles, int32_t index) {
  return static_cast<int32_t>(int64_t{channels} * index / tiles);
}

struct Convolution : WarpKernel<ConvolutionStep> {
  struct Geometry {
    int32_t rows, first_row, first_col, step_row, step_col, src_step_row, src_step_col;
    std::span<const int32_t> columns;
  };

  template <int CO, int PX>
  static TENAS_HD void pixels(engine::isa_cuda::ConvArgs<float>& args, const Geometry& geometry) {
    engine::isa_cuda::conv_tiles<WarpLane, CO, PX>(args, geometry, args.weights, 0, 0, 1);
    args.in.p += int64_t{PX} * geometry.src_step_col * kLanes;
    args.out.p += int64_t{PX} * geometry.step_col * kLanes;
  }

  template <int CO>
  static TENAS_HD void columns(engine::isa_cuda::ConvArgs<float> args, const Geometry& geometry,
                               int32_t count) {
    if (count >= 8) return pixels<CO, 8>(args, geometry);
    if (count & 4) pixels<CO, 4>(args, geometry);
    if (count & 2) pixels<CO, 2>(args, geometry);
    if (count & 1) pixels<CO, 1>(args, geometry);
  }

  template <int Phase>
  static TENAS_HD void run(const Thread& thread, const Tables& tables, const Step& step, const Item& item,
                           State&, unsigned char*) {
    int64_t index = warp_of(thread);
    if (index >= step.warps()) return;
    const auto take = [&](int32_t count) {
      const auto part = static_cast<int32_t>(index % count);
      index /= count;
      return part;
    };
    const int32_t col = take(step.col_tiles()) * Step::kPixelTile, row = take(step.rows);
    const int32_t tile = take(step.channel_tiles()), group = take(step.groups);
    const auto unit = static_cast<int32_t>(index);
    const int32_t channel = tile_begin(step.channels, step.channel_tiles(), tile);
    const int32_t width = tile_begin(step.channels, step.channel_tiles(), tile + 1) - channel;
    const int32_t first = group * step.channels + channel;

    engine::isa_cuda::ConvArgs<float> args;
    args.in = {
        plane<LaneAccess>(item, step.in, unit, int64_t{group} * step.sources, thread.lane()) +
            (int64_t{row} * step.src_step_row * step.in.row + int64_t{col} * step.src_step_col) * kLanes,
        step.in.channel, step.in.row};
    args.out = {plane<LaneAccess>(item, step.out, unit, first, thread.lane()) +
                    ((int64_t{row} * step.step_row + step.first_row) * step.out.row + step.first_col +
                     int64_t{col} * step.step_col) *
                        kLanes,
                step.out.channel, step.out.row};
    args.weights = item.packed + step.weights + int64_t{first} * step.column_count;
    args.bias = step.bias < 0 ? nullptr : item.plain + step.bias + first;
    args.accumulate = step.accumulate;
    const Geometry geometry{1,
                            0,
                            0,
                            1,
                            step.step_col,
                            1,
                            step.src_step_col,
                            std::span(tables.columns + step.columns, step.column_count)};
    const int32_t count = std::min(step.cols - col, int32_t{Step::kPixelTile});
    switch (width) {
      case 1:
        return columns<1>(args, geometry, count);
      case 2:
        return columns<2>(args, geometry, count);
      case 3:
        return columns<3>(args, geometry, count);
      default:
        return columns<4>(args, geometry, count);
    }
  }
};

}  // namespace tenas::cuda
