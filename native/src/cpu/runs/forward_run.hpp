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
    answer_.statistics = scope_.template statistics<float>();
  }
  Answer answer() override { return std::move(answer_); }

 private:
  const EvaluationScope<L>& scope_;
  ForwardAnswer answer_;
};

}  // namespace tenas::engine::TENAS_ISA
