// The task `jacobian` on the fast engine: a backward pass per output, lanes are samples.
#pragma once

#include "cpu/task_run.hpp"

namespace tenas::engine::TENAS_ISA {

template <class L>
class JacobianRun final : public TaskRun<L> {
 public:
  using T = typename L::T;

  JacobianRun(const EvaluationScope<L>& scope, const JacobianTask& task)
      : scope_(scope),
        task_(task),
        schedule_(schedule_backward(scope.plan, scope.coefficients, {set_of(task)})),
        groups_(joined_stages(schedule_)),
        padded_(scope.repeat.blocks * L::width) {}

  const Schedule* schedule() const override { return &schedule_; }

  void passed(int32_t) override {
    answer_.logits = scope_.template logits<double>();
    answer_.jacobian.assign(answer_.logits.size() * task_.parameters.size(), 0.0);
    const int64_t batch = scope_.repeat.batch, outputs = std::ssize(answer_.logits) / batch;
    LaneWorkspace<L>& ws = scope_.workspace();
    int64_t rows = 0;
    for (const auto stages : groups_) rows = std::max(rows, jacobian_rows(stages));
    ws.jacobian.reserve(rows * padded_);
    BackwardArgs<L> args;
    args.plan = &scope_.plan;
    args.schedule = &schedule_;
    args.prepared = &scope_.repeat;
    args.forward = &ws.forward;
    args.jacobian = ws.jacobian.data();
    args.jacobian_stride = padded_;
    args.first_weights = true;
    std::vector<double> gradient(answer_.logits.size());
    args.output_gradient = gradient;
    for (int64_t output = 0; output < outputs; ++output) {
      for (int64_t n = 0; n < batch; ++n) {
        std::fill_n(gradient.begin() + n * outputs, outputs, 0.0);
        gradient[n * outputs + output] = 1;
      }
      ws.by_sample.start(args);
      for (const auto stages : groups_) {
        const int64_t count = jacobian_rows(stages);
        args.first_row = stages.front().jacobian_begin;
        clear(args.first_row, count);
        ws.by_sample.run(args, stages, scope_.cancel);
        keep(output, outputs, args.first_row, count);
      }
    }
  }

  Answer answer() override { return std::move(answer_); }

 private:
  ParameterSet set_of(const JacobianTask& task) const {
    ParameterSet set(scope_.plan.graph.params.size(), false);
    for (const int32_t id : task.parameters) set[id] = true;
    return set;
  }

  /// Empties the rows among `count` from `first` on that the pass adds to: of weights the first, of scales,
  /// shifts and biases all.
  void clear(int64_t first, int64_t count) {
    const Graph& graph = scope_.plan.graph;
    for (const int32_t id : task_.parameters) {
      const int64_t row = schedule_.jacobian_row[id] - first;
      if (row < 0 || row >= count) continue;
      const Param& param = graph.params[id];
      const bool weights = param.kind == ParamKind::kConvWeight || param.kind == ParamKind::kLinearWeight;
      std::fill_n(scope_.workspace().jacobian.data() + row * padded_, (weights ? 1 : param.size) * padded_,
                  T{0});
    }
  }

  /// Takes the first row of every asked parameter among `count` rows from `first` on.
  void keep(int64_t output, int64_t outputs, int64_t first, int64_t count) {
    const int64_t asked = std::ssize(task_.parameters);
    for (int64_t k = 0; k < asked; ++k) {
      const int64_t row = schedule_.jacobian_row[task_.parameters[k]] - first;
      if (row < 0 || row >= count) continue;
      const T* values = scope_.workspace().jacobian.data() + row * padded_;
      for (int64_t n = 0; n < scope_.repeat.batch; ++n) {
        answer_.jacobian[(n * outputs + output) * asked + k] = static_cast<double>(values[n]);
      }
    }
  }

  const EvaluationScope<L>& scope_;
  const JacobianTask& task_;
  const Schedule schedule_;
  const std::vector<std::span<const BackwardStage>> groups_;
  const int32_t padded_;  // samples, filled up to whole blocks
  JacobianAnswer answer_;
};

}  // namespace tenas::engine::TENAS_ISA
