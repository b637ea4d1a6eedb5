// The task `forward` on the fast engine.
#pragma once

#include "cpu/task_run.hpp"

namespace tenas::engine::TENAS_ISA {

template <class L>
class ForwardRun final : public TaskRun<L> {
 public:
  explicit ForwardRun(const EvaluationScope<L>& scope) : scope_(scope) {}

  void passed(int32_t) override {
    answer_.logits = scope_.template logits<float>();
    const ForwardPass<L>& forward = scope_.workspace().forward;
    for (int32_t v = 0; v < std::ssize(scope_.plan.graph.nodes); ++v) {
      const Node& node = scope_.plan.graph.nodes[v];
      if (node.op == Op::kBatchNorm) add_statistics(node, forward.normalisation(v));
    }
  }
  Answer answer() override { return std::move(answer_); }

 private:
  void add_statistics(const Node& node, const Normalisation<typename L::T>& norm) {
    std::vector<float>& values = answer_.statistics;
    const int32_t channels = node.shape.c;
    const bool ran = std::ssize(norm.mean) == channels;
    for (int32_t c = 0; c < channels; ++c) values.push_back(ran ? static_cast<float>(norm.mean[c]) : 0.0f);
    for (int32_t c = 0; c < channels; ++c) {
      const double inverse = ran ? norm.inverse_deviation[c] : 1.0;
      values.push_back(static_cast<float>(ran ? std::max(1.0 / (inverse * inverse) - node.eps, 0.0) : 1.0));
    }
  }

  const EvaluationScope<L>& scope_;
  ForwardAnswer answer_;
};

}  // namespace tenas::engine::TENAS_ISA
