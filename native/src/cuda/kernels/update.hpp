// The end of a training step: the norm of the gradient, and the optimiser's update.
#pragma once

#include "cuda/kernel.hpp"
#include "train/update_rule.hpp"

namespace tenas::cuda {

struct SquaresStep {
  int64_t offset = 0, size = 0;             // of the parameter
  int64_t first = 0;                        // first value in the item's squares
  static constexpr int64_t kValues = 2048;  // of a block
  TENAS_HD int64_t blocks() const { return (size + kValues - 1) / kValues; }
};

/// Sums of squares of a parameter's gradient, one for each block.
struct SquareSums {
  using Step = SquaresStep;
  using State = NoState;
  static constexpr int32_t kThreads = 128, kPhases = 2;
  static constexpr size_t kShared = sizeof(double) * kThreads;
  static int64_t blocks(const Step& step) { return step.blocks(); }

  template <int Phase>
  static TENAS_HD void run(const Thread& thread, const Tables&, const Step& step, const Item& item, State&,
                           unsigned char* shared) {
    if (thread.block >= step.blocks()) return;
    auto* parts = reinterpret_cast<double*>(shared);
    if constexpr (Phase == 0) {
      const int64_t begin = thread.block * Step::kValues;
      const int64_t end = begin + Step::kValues < step.size ? begin + Step::kValues : step.size;
      double sum = 0;
      for (int64_t i = begin + thread.index; i < end; i += kThreads) {
        const double value = item.gradient[step.offset + i];
        sum += value * value;
      }
      parts[thread.index] = sum;
    } else {
      if (thread.index != 0) return;
      item.squares[step.first + thread.block] = sum_of_threads(parts, kThreads);
    }
  }
};

struct UpdateStep {
  UpdateRule rule;
  int64_t offset = 0, size = 0;  // of the parameter
  bool reached = false;          // otherwise its gradient is zeros
};

/// Updates one parameter: a thread for each value.
struct Update {
  using Step = UpdateStep;
  using State = NoState;
  static constexpr int32_t kThreads = 128, kPhases = 1;
  static constexpr size_t kShared = 0;
  static int64_t blocks(const Step& step) { return (step.size + kThreads - 1) / kThreads; }

  template <int Phase>
  static TENAS_HD void run(const Thread& thread, const Tables&, const Step& step, const Item& item, State&,
                           unsigned char*) {
    const int64_t index = int64_t{thread.block} * kThreads + thread.index;
    if (index >= step.size) return;
    const int64_t i = step.offset + index;
    const double gradient = step.reached ? step.rule.scale * item.gradient[i] : 0.0;
    double value = item.values[i];
    if (step.rule.kind == OptimiserKind::kSgd) {
      double velocity = step.rule.momentum > 0 ? item.first[i] : 0.0;
      update_by_sgd(step.rule, gradient, value, velocity);
      if (step.rule.momentum > 0) item.first[i] = velocity;
    } else {
      update_by_adam(step.rule, gradient, value, item.first[i], item.second[i]);
    }
    item.values[i] = value;
    item.plain[i] = static_cast<float>(value);
  }
};

}  // namespace tenas::cuda
