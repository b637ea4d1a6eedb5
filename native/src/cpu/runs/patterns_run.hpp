// The task `patterns` on the fast engine.
#pragma once

#include "cpu/node_tensor.hpp"
#include "kernels/patterns.hpp"

namespace tenas::engine::TENAS_ISA {

/// Marks the patterns of a node as soon as it has run.
template <class L>
class PatternsRun final : public TaskRun<L> {
 public:
  PatternsRun(const EvaluationScope<L>& scope, const PatternsTask& task)
      : scope_(scope), executed_(executed_nodes(scope.plan.graph, scope.coefficients)) {
    for (const int32_t id : task.nodes) {
      if (!executed_[id]) continue;
      wanted_.push_back(scope.plan.nodes[id].canonical);
      answer_.elements += scope.plan.graph.nodes[id].shape.size();
    }
  }

  void ran(int32_t node) override {
    if (std::find(wanted_.begin(), wanted_.end(), node) == wanted_.end()) return;
    const NodeTensor<L> tensor = node_tensor(scope_, node, scratch_);
    const Layout& layout = tensor.layout;
    for (int32_t c = 0; c < layout.c; ++c) {
      words_.assign(layout.h * layout.w, 0);
      for (int32_t block = 0; block < scope_.repeat.blocks; ++block) {
        add_signs<L>(tensor.plane(c, block), layout.row(), layout.h, layout.w, block * L::width,
                     scope_.repeat.valid_lanes(block), words_.data());
      }
      for (const uint32_t word : words_) seen_.insert(word);
    }
  }
  void passed(int32_t) override {}
  Answer answer() override {
    answer_.patterns = seen_.size();
    return std::move(answer_);
  }

 private:
  const EvaluationScope<L>& scope_;
  const std::vector<bool> executed_;
  std::vector<int32_t> wanted_;
  Buffer<typename L::T> scratch_;
  std::vector<uint32_t> words_;  // of a channel, a bit for each sample
  PatternSet seen_;
  PatternsAnswer answer_;
};

}  // namespace tenas::engine::TENAS_ISA
