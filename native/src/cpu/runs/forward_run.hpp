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
    for (size_t v = 0; v < scope_.plan.graph.nodes.size(); ++v) {
      const Node& node = scope_.plan.graph.nodes[v];
      if (node.op == Op::kBatchNorm) add_statistics(node, forward.normalisation(static_cast<int32_t>(v)));
    }
  }
  Answer answer() override { return std::move(answer_); }

 private:
  void add_statistics(const Node& node, const Normalisation<typename L::T>& norm) {
    std::vector<float>& values = answer_.statistics;
    const auto channels = static_cast<size_t>(node.shape.c);
    const bool ran = norm.mean.size() == channels;
    for (size_t c = 0; c < channels; ++c) values.push_back(ran ? static_cast<float>(norm.mean[c]) : 0.0f);
    for (size_t c = 0; c < channels; ++c) {
      const double inverse = ran ? norm.inverse_deviation[c] : 1.0;
      values.push_back(static_cast<float>(ran ? std::max(1.0 / (inverse * inverse) - node.eps, 0.0) : 1.0));
    }
  }

  const EvaluationScope<L>& scope_;
  ForwardAnswer answer_;
};

}  // namespace tenas::engine::TENAS_ISA
