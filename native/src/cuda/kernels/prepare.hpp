// Inputs in lane layout, weights from the counter-based generator, and weights in the order of the kernels.
#pragma once

#include "cuda/kernel.hpp"
#include "parameters/values.hpp"

namespace tenas::cuda {

struct InputStep {
  Tensor out;
  Rows shape;
  int32_t cols = 0, batch = 0;
  int64_t first = 0;  // of the item's inputs
  TENAS_HD int64_t warps() const { return shape.count(); }
};

/// [sample][c][h][w] to [block][c][h][w][lane]; idle lanes become zeros.
struct PackInputs : WarpKernel<InputStep> {
  template <int Phase>
  static TENAS_HD void run(const Thread& thread, const Tables&, const Step& step, const Item& item, State&,
                           unsigned char*) {
    if (warp_of(thread) >= step.warps()) return;
    const RowOf at(step.shape, warp_of(thread));
    const int64_t sample = int64_t{at.unit} * kLanes + thread.lane();
    const float* from = item.inputs + step.first +
                        ((sample * step.shape.channels + at.channel) * step.shape.rows + at.row) * step.cols;
    float* to = row_start<LaneAccess>(item, step.out, at, thread.lane());
    for (int32_t col = 0; col < step.cols; ++col) to[col * kLanes] = sample < step.batch ? from[col] : 0.0f;
  }
};

struct GenerateStep {
  Distribution distribution;
  uint64_t key = 0;  // of the parameter
  int64_t offset = 0, size = 0;
  TENAS_HD int64_t pairs() const { return (size + 1) / 2; }
};

/// Initial values of one parameter, two for each thread. Compiled without fused multiply-adds, as on the CPU.
struct GenerateWeights {
  using Step = GenerateStep;
  using State = NoState;
  static constexpr int32_t kThreads = 128, kPhases = 1;
  static constexpr size_t kShared = 0;
  static int64_t blocks(const Step& step) { return (step.pairs() + kThreads - 1) / kThreads; }

  template <int Phase>
  static TENAS_HD void run(const Thread& thread, const Tables&, const Step& step, const Item& item, State&,
                           unsigned char*) {
    const int64_t pair = int64_t{thread.block} * kThreads + thread.index;
    if (pair >= step.pairs()) return;
    float values[2];
    weight_pair(step.distribution, item.seed, item.repeat, step.key, static_cast<uint32_t>(pair), values);
    for (int64_t k = 0; k < 2 && 2 * pair + k < step.size; ++k)
      item.plain[step.offset + 2 * pair + k] = values[k];
  }
};

struct PackStep {
  int64_t size = 0;
};

/// Gathers weights in the order in which Convolution reads them.
struct PackWeights {
  using Step = PackStep;
  using State = NoState;
  static constexpr int32_t kThreads = 128, kPhases = 1;
  static constexpr size_t kShared = 0;
  static int64_t blocks(const Step& step) { return (step.size + kThreads - 1) / kThreads; }

  template <int Phase>
  static TENAS_HD void run(const Thread& thread, const Tables& tables, const Step& step, const Item& item,
                           State&, unsigned char*) {
    const int64_t index = int64_t{thread.block} * kThreads + thread.index;
    if (index < step.size) item.packed[index] = item.plain[tables.pack_sources[index]];
  }
};

}  // namespace tenas::cuda
