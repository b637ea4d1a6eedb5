// The task `gradient` on the fast engine: a backward pass per batch, lanes are samples.
#pragma once

#include <algorithm>
#include <cmath>
#include <span>

#include "cpu/task_run.hpp"
#include "kernels/lane_sums.hpp"
#include "tasks/gradient_sums.hpp"
#include "tasks/loss.hpp"

namespace tenas::engine::TENAS_ISA {

template <class L>
class GradientRun final : public TaskRun<L> {
 public:
  using T = typename L::T;

  GradientRun(const EvaluationScope<L>& scope, const GradientTask& task)
      : scope_(scope),
        task_(task),
        schedule_(schedule_backward(scope.plan, scope.coefficients, targets_of(scope.plan.graph, task))),
        groups_(joined_stages(schedule_)) {
    if (task.of.parameters) gradients_ = memory_.zeros(task.batches * graph().param_values);
    if (task.of.coefficients) answer_.coefficients.assign(graph().slots, 0.0);
  }

  const Schedule* schedule() const override { return &schedule_; }

  void passed(int32_t which) override {
    const std::vector<double> logits = scope_.template logits<double>();
    const LossValue value =
        evaluate_loss(task_.loss, which, logits, scope_.repeat.labels(which), scope_.repeat.batch);
    answer_.loss += value.loss / task_.batches;
    answer_.correct += value.correct;
    answer_.logits.insert(answer_.logits.end(), logits.begin(), logits.end());
    if (has_overflown(logits)) return;
    LaneWorkspace<L>& ws = scope_.workspace();
    switch (task_.statistics) {
      case GradientStatistics::kThrough:
        return differentiate(ws.through_batch, which, value);
      case GradientStatistics::kPerSample:
        return differentiate(ws.through_sample, which, value);
      case GradientStatistics::kConstant:
      case GradientStatistics::kNone:
        return differentiate(ws.constant, which, value);
    }
  }

  Answer answer() override {
    if (task_.of.parameters && task_.reduce == Reduce::kSums) {
      answer_.sums =
          gradient_sums(graph(), gradients_, task_.batches, [&](size_t i) { return scope_.repeat.value(i); });
    } else if (task_.of.parameters && task_.reduce == Reduce::kSigns) {
      answer_.signs = gradient_signs(gradients_, graph().param_values);
    } else {
      answer_.parameters.assign(gradients_.begin(), gradients_.end());
    }
    for (double& coefficient : answer_.coefficients) coefficient /= task_.batches;
    return std::move(answer_);
  }

 private:
  const Graph& graph() const { return scope_.plan.graph; }

  /// Whether outputs without normalisation are beyond this precision: their gradient is of no use then, and
  /// the answer is found in double (runtime/overflow.hpp).
  bool has_overflown(const std::vector<double>& logits) const {
    return task_.statistics == GradientStatistics::kNone &&
           !std::all_of(logits.begin(), logits.end(), [](double logit) { return std::isfinite(logit); });
  }

  template <class Pass>
  void differentiate(Pass& pass, int32_t which, const LossValue& value) {
    LaneWorkspace<L>& ws = scope_.workspace();
    double* sums = gradients_.data() + which * (task_.of.parameters ? graph().param_values : 0);
    BackwardArgs<L> args;
    args.plan = &scope_.plan;
    args.schedule = &schedule_;
    args.prepared = &scope_.repeat;
    args.forward = &ws.forward;
    args.output_gradient = value.gradient;
    args.jacobian_stride = L::width;
    args.parameter_sums = sums;
    args.coefficient_sums = answer_.coefficients.data();
    int64_t rows = 0;
    for (const auto stages : groups_) rows = std::max(rows, jacobian_rows(stages));
    ws.jacobian.reserve(rows * L::width);
    args.jacobian = ws.jacobian.data();
    pass.start(args);
    for (const auto stages : groups_) {
      const int64_t count = jacobian_rows(stages);
      ws.jacobian.zero(count * L::width);
      args.first_row = stages.front().jacobian_begin;
      pass.run(args, stages, scope_.cancel);
      add_rows(args.first_row, count, sums);
    }
    if (task_.of.input) keep_input(pass);
  }

  /// Adds the sums over the lanes of rows that joined stages filled.
  void add_rows(int64_t first, int64_t count, double* sums) const {
    const T* jacobian = scope_.workspace().jacobian.data();
    for (size_t id = 0; id < graph().params.size(); ++id) {
      const int64_t row = schedule_.jacobian_row[id] - first;
      if (row < 0 || row >= count) continue;
      const Param& param = graph().params[id];
      add_lane_sums<L>(jacobian + row * L::width, param.size, sums + param.offset);
    }
  }

  template <class Pass>
  void keep_input(Pass& pass) {
    const int64_t size = graph().nodes[graph().input].shape.size();
    for (int32_t sample = 0; sample < scope_.repeat.batch; ++sample) {
      const T* p = pass.end_gradient(graph().input, sample / L::width);
      for (int64_t i = 0; i < size; ++i) {
        answer_.input.push_back(p == nullptr ? 0.0f
                                             : static_cast<float>(p[i * L::width + sample % L::width]));
      }
    }
  }

  const EvaluationScope<L>& scope_;
  const GradientTask& task_;
  const Schedule schedule_;
  const std::vector<std::span<const BackwardStage>> groups_;
  Buffer<double> memory_;
  std::span<double> gradients_;  // [batches][parameter values], if wanted
  GradientAnswer answer_;
};

}  // namespace tenas::engine::TENAS_ISA
