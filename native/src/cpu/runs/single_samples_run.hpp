// The task `gradient` for batches of one sample each, through its statistics: a lane for every batch.
#pragma once

#include <algorithm>
#include <span>

#include "cpu/task_run.hpp"
#include "tasks/gradient_sums.hpp"
#include "tasks/loss.hpp"

namespace tenas::engine::TENAS_ISA {

/// Batches of one sample each, a vector of them at a time. The statistics of such a batch are those of its
/// sample over the pixels, so that batches do not meet.
template <class L>
class PreparedSingles final : public Prepared {
 public:
  using T = typename L::T;

  PreparedSingles(const Plan& plan, std::span<const float> inputs, std::span<const int32_t> labels,
                  std::span<const float> weights, int32_t samples) {
    const auto packed = std::make_shared<PackedWeights<T>>(plan, weights);
    const int64_t image = plan.graph.nodes[plan.graph.input].shape.size();
    for (int32_t first = 0; first < samples; first += L::width) {
      const int32_t count = std::min(L::width, samples - first);
      blocks_.push_back(std::make_unique<PreparedRepeat<L>>(
          packed, labels.empty() ? labels : labels.subspan(first, count)));
      blocks_.back()->load(plan, inputs.subspan(first * image, count * image), 1, count);
    }
  }
  /// Block b has the batches from b times the lane width on.
  const std::vector<std::unique_ptr<PreparedRepeat<L>>>& blocks() const { return blocks_; }

 private:
  std::vector<std::unique_ptr<PreparedRepeat<L>>> blocks_;
};

template <class L>
class SingleSamplesRun {
 public:
  using T = typename L::T;

  SingleSamplesRun(const Plan& plan, std::span<const double> coefficients, const GradientTask& task)
      : graph_(plan.graph),
        task_(task),
        schedule_(schedule_backward(plan, coefficients, targets_of(plan.graph, task))),
        groups_(joined_stages(schedule_)) {
    if (task.of.coefficients) answer_.coefficients.assign(graph_.slots, 0.0);
    if (!task.of.parameters) return;
    const int64_t all = task.batches * graph_.param_values;
    if (task.reduce == Reduce::kSums) gradients_ = memory_.zeros(all);
    if (task.reduce == Reduce::kValues) answer_.parameters.assign(all, 0.0f);
    if (task.reduce == Reduce::kSigns) answer_.signs.assign(graph_.param_values, 0.0f);
  }

  const Schedule& schedule() const { return schedule_; }

  /// Goes back through the block of `scope`, whose first sample is batch `first`.
  void passed(const EvaluationScope<L>& scope, int32_t first) {
    const std::vector<double> gradient = differentiate_losses(scope, first);
    LaneWorkspace<L>& ws = scope.workspace();
    BackwardArgs<L> args;
    args.plan = &scope.plan;
    args.schedule = &schedule_;
    args.prepared = &scope.repeat;
    args.forward = &ws.forward;
    args.output_gradient = gradient;
    args.jacobian_stride = L::width;
    args.coefficient_sums = answer_.coefficients.data();
    int64_t rows = 0;
    for (const auto stages : groups_) rows = std::max(rows, jacobian_rows(stages));
    ws.jacobian.reserve(rows * L::width);
    args.jacobian = ws.jacobian.data();
    ws.by_single.start(args);
    for (const auto stages : groups_) {
      const int64_t count = jacobian_rows(stages);
      ws.jacobian.zero(count * L::width);
      args.first_row = stages.front().jacobian_begin;
      ws.by_single.run(args, stages, scope.cancel);
      take_rows(scope, first, args.first_row, count);
    }
    if (task_.of.input) keep_input(scope);
  }

  /// `weight(i)` is the value of parameter i.
  template <class Weight>
  Answer answer(const Weight& weight) {
    if (task_.of.parameters && task_.reduce == Reduce::kSums) {
      answer_.sums = gradient_sums(graph_, gradients_, task_.batches, weight);
    }
    for (double& coefficient : answer_.coefficients) coefficient /= task_.batches;
    return std::move(answer_);
  }

 private:
  /// Adds the losses of a block's batches to the answer. @returns their gradients by the outputs
  std::vector<double> differentiate_losses(const EvaluationScope<L>& scope, int32_t first) {
    const std::vector<double> logits = scope.template logits<double>();
    const int64_t outputs = std::ssize(logits) / scope.repeat.batch;
    const std::span<const int32_t> labels = scope.repeat.labels(0);
    std::vector<double> gradient;
    for (int32_t sample = 0; sample < scope.repeat.batch; ++sample) {
      const LossValue value =
          evaluate_loss(task_.loss, first + sample, std::span(logits).subspan(sample * outputs, outputs),
                        labels.empty() ? labels : labels.subspan(sample, 1), 1);
      answer_.loss += value.loss / task_.batches;
      answer_.correct += value.correct;
      gradient.insert(gradient.end(), value.gradient.begin(), value.gradient.end());
    }
    answer_.logits.insert(answer_.logits.end(), logits.begin(), logits.end());
    return gradient;
  }

  /// Takes the gradients by the parameters whose rows are among `count` rows from `from` on.
  void take_rows(const EvaluationScope<L>& scope, int32_t first, int64_t from, int64_t count) {
    const int64_t values = graph_.param_values;
    const int32_t samples = scope.repeat.batch;
    for (size_t id = 0; id < graph_.params.size(); ++id) {
      const int64_t row = schedule_.jacobian_row[id] - from;
      if (row < 0 || row >= count) continue;
      const Param& param = graph_.params[id];
      for (int64_t i = 0; i < param.size; ++i) {
        const T* const own = scope.workspace().jacobian.data() + (row + i) * L::width;
        const int64_t place = param.offset + i;
        switch (task_.reduce) {
          case Reduce::kSigns:
            // Idle lanes hold 0.
            for (int lane = 0; lane < L::width; ++lane) add_sign(own[lane], answer_.signs[place]);
            break;
          case Reduce::kSums:
            for (int32_t k = 0; k < samples; ++k) gradients_[(first + k) * values + place] = own[k];
            break;
          case Reduce::kValues:
            for (int32_t k = 0; k < samples; ++k) {
              answer_.parameters[(first + k) * values + place] = static_cast<float>(own[k]);
            }
            break;
        }
      }
    }
  }

  void keep_input(const EvaluationScope<L>& scope) {
    const int64_t size = graph_.nodes[graph_.input].shape.size();
    const T* const p = scope.workspace().by_single.end_gradient(graph_.input, 0);
    for (int32_t lane = 0; lane < scope.repeat.batch; ++lane) {
      for (int64_t i = 0; i < size; ++i) {
        answer_.input.push_back(p == nullptr ? 0.0f : static_cast<float>(p[i * L::width + lane]));
      }
    }
  }

  const Graph& graph_;
  const GradientTask& task_;
  const Schedule schedule_;
  const std::vector<std::span<const BackwardStage>> groups_;
  Buffer<double> memory_;
  std::span<double> gradients_;  // [batches][parameter values], for kSums
  GradientAnswer answer_;
};

}  // namespace tenas::engine::TENAS_ISA
