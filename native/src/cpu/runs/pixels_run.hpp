// The task `pixels` on the fast engine.
#pragma once

#include "cpu/node_tensor.hpp"

namespace tenas::engine::TENAS_ISA {

/// Copies the wanted pixels of a node as soon as it has run.
template <class L>
class PixelsRun final : public TaskRun<L> {
 public:
  PixelsRun(const EvaluationScope<L>& scope, const PixelsTask& task)
      : scope_(scope), task_(task), executed_(executed_nodes(scope.plan.graph, scope.coefficients)) {
    answer_.values.resize(task.ranges.size());
  }

  void ran(int32_t node) override {
    for (size_t k = 0; k < task_.ranges.size(); ++k) {
      const int32_t wanted = task_.ranges[k].node;
      if (executed_[wanted] && scope_.plan.nodes[wanted].canonical == node) {
        answer_.values[k] = pixels_of(node, task_.ranges[k]);
      }
    }
  }
  void passed(int32_t) override {}
  Answer answer() override { return std::move(answer_); }

 private:
  std::vector<double> pixels_of(int32_t node, const PixelRange& range) {
    const NodeTensor<L> tensor = node_tensor(scope_, node, scratch_);
    const Layout& layout = tensor.layout;
    std::vector<double> values;
    values.reserve(range.count * layout.c);
    for (int64_t i = range.first; i < range.first + range.count; ++i) {
      const PixelPlace place = pixel_place(i, layout.h, layout.w);
      const int64_t offset = (place.row * layout.row() + place.column) * L::width + place.sample % L::width;
      for (int32_t c = 0; c < layout.c; ++c) {
        values.push_back(tensor.plane(c, place.sample / L::width)[offset]);
      }
    }
    return values;
  }

  const EvaluationScope<L>& scope_;
  const PixelsTask& task_;
  const std::vector<bool> executed_;
  Buffer<typename L::T> scratch_;
  PixelsAnswer answer_;
};

}  // namespace tenas::engine::TENAS_ISA
