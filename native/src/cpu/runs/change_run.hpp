// The task `change` on the fast engine.
#pragma once

#include "cpu/node_tensor.hpp"

namespace tenas::engine::TENAS_ISA {

/// Keeps the node's output of the first batch and compares that of the second with it.
template <class L>
class ChangeRun final : public TaskRun<L> {
 public:
  using T = typename L::T;

  ChangeRun(const EvaluationScope<L>& scope, const ChangeTask& task)
      : scope_(scope),
        node_(scope.plan.nodes[task.node].canonical),
        runs_(executed_nodes(scope.plan.graph, scope.coefficients)[task.node]) {}

  void begin(int32_t which, const Schedule&) override { which_ = which; }
  void ran(int32_t node) override {
    if (!runs_ || node != node_) return;
    const NodeTensor<L> tensor = node_tensor(scope_, node, scratch_);
    if (which_ == 0) {
      keep(tensor);
    } else {
      compare(tensor);
    }
  }
  void passed(int32_t) override {
    const std::vector<double> own = scope_.template statistics<double>();
    answer_.statistics.insert(answer_.statistics.end(), own.begin(), own.end());
  }
  Answer answer() override { return std::move(answer_); }

 private:
  /// Calls fn(block, pixel of the tensor, place among the kept pixels) for every pixel of all channels.
  template <class Fn>
  void each_pixel(const NodeTensor<L>& tensor, const Fn& fn) const {
    const Layout& layout = tensor.layout;
    int64_t place = 0;
    for (int32_t block = 0; block < scope_.repeat.blocks; ++block) {
      for (int32_t c = 0; c < layout.c; ++c) {
        for (int32_t y = 0; y < layout.h; ++y) {
          const T* row = tensor.plane(c, block) + y * layout.row() * L::width;
          for (int32_t x = 0; x < layout.w; ++x) fn(block, row + x * L::width, place++ * L::width);
        }
      }
    }
  }

  void keep(const NodeTensor<L>& tensor) {
    const Layout& layout = tensor.layout;
    kept_.reserve(int64_t{layout.c} * layout.h * layout.w * scope_.repeat.blocks * L::width);
    each_pixel(tensor, [&](int32_t, const T* pixel, int64_t place) {
      L::store(kept_.data() + place, L::load(pixel));
    });
  }

  void compare(const NodeTensor<L>& tensor) {
    answer_.absolute.assign(scope_.repeat.batch, 0.0);
    answer_.squares.assign(scope_.repeat.batch, 0.0);
    each_pixel(tensor, [&](int32_t block, const T* pixel, int64_t place) {
      const typename L::D difference = L::widen(L::load(pixel)) - L::widen(L::load(kept_.data() + place));
      for (int32_t lane = 0; lane < scope_.repeat.valid_lanes(block); ++lane) {
        const int32_t sample = block * L::width + lane;
        answer_.absolute[sample] += std::abs(difference[lane]);
        answer_.squares[sample] += difference[lane] * difference[lane];
      }
    });
  }

  const EvaluationScope<L>& scope_;
  const int32_t node_;
  const bool runs_;
  int32_t which_ = 0;
  Buffer<T> kept_, scratch_;
  ChangeAnswer answer_;
};

}  // namespace tenas::engine::TENAS_ISA
