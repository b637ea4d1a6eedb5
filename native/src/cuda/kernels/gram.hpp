// Gram matrix of the Jacobian in double: blocks for tiles of 32 x 32 directions and parts of the rows, then
// their sum.
#pragma once

#include <algorithm>

#include "cuda/kernel.hpp"

namespace tenas::cuda {

struct GramStep {
  int64_t rows = 0, stride = 0;  // of the Jacobian; stride = directions, padded to whole warps
  int32_t samples = 0;
  static constexpr int64_t kPartRows = 512;
  TENAS_HD int64_t parts() const { return (rows + kPartRows - 1) / kPartRows; }
  TENAS_HD int32_t tiles() const { return static_cast<int32_t>(stride / kLanes); }
  TENAS_HD int64_t warps() const { return int64_t{samples} * tiles(); }
};

/// A block's threads hold 32 columns x 4 rows each of one tile; only tiles on and above the diagonal are
/// computed.
struct GramPart {
  using Step = GramStep;
  using State = NoState;
  static constexpr int32_t kThreads = 256, kPhases = 1, kTall = kLanes / (kThreads / kLanes);
  static constexpr size_t kShared = 0;
  static int64_t blocks(const Step& step) { return step.parts() * step.tiles() * step.tiles(); }

  template <int Phase>
  static TENAS_HD void run(const Thread& thread, const Tables&, const Step& step, const Item& item, State&,
                           unsigned char*) {
    const int32_t tiles = step.tiles();
    const int64_t part = thread.block / (tiles * tiles);
    const int32_t tall = thread.block / tiles % tiles, wide = thread.block % tiles;
    if (part >= step.parts() || tall > wide) return;
    const int64_t begin = part * Step::kPartRows, end = std::min(begin + int64_t{Step::kPartRows}, step.rows);
    const int32_t i = tall * kLanes + thread.warp() * kTall, j = wide * kLanes + thread.lane();
    double sum[kTall] = {};
    for (int64_t row = begin; row < end; ++row) {
      const float* values = item.jacobian + row * step.stride;
      const double right = values[j];
      for (int32_t k = 0; k < kTall; ++k) sum[k] += static_cast<double>(values[i + k]) * right;
    }
    double* out = item.gram_parts + part * step.stride * step.stride;
    for (int32_t k = 0; k < kTall; ++k) out[(i + k) * step.stride + j] = sum[k];
  }
};

/// Adds the parts in order and mirrors the result: a warp for 32 columns of a row.
struct GramSum : WarpKernel<GramStep> {
  template <int Phase>
  static TENAS_HD void run(const Thread& thread, const Tables&, const Step& step, const Item& item, State&,
                           unsigned char*) {
    if (warp_of(thread) >= step.warps()) return;
    const auto i = static_cast<int32_t>(warp_of(thread) / step.tiles());
    const auto j = static_cast<int32_t>(warp_of(thread) % step.tiles()) * kLanes + thread.lane();
    if (j >= step.samples) return;
    double sum = 0;
    const int64_t row = std::min(i, j), col = std::max(i, j);
    for (int64_t part = 0; part < step.parts(); ++part) {
      sum += item.gram_parts[(part * step.stride + row) * step.stride + col];
    }
    item.gram[int64_t{i} * step.samples + j] = sum;
  }
};

}  // namespace tenas::cuda
