// The engine for one lane type; included once per instruction set.
#pragma once

#include <algorithm>
#include <optional>

#include "cpu/runs/blocks_run.hpp"
#include "cpu/runs/change_run.hpp"
#include "cpu/runs/codes_run.hpp"
#include "cpu/runs/constants_run.hpp"
#include "cpu/runs/curvature_run.hpp"
#include "cpu/runs/features_run.hpp"
#include "cpu/runs/forward_run.hpp"
#include "cpu/runs/gradient_run.hpp"
#include "cpu/runs/jacobian_run.hpp"
#include "cpu/runs/ntk_run.hpp"
#include "cpu/runs/patterns_run.hpp"
#include "cpu/runs/pixels_run.hpp"
#include "cpu/runs/regions_run.hpp"
#include "cpu/runs/saliency_run.hpp"
#include "cpu/runs/single_samples_run.hpp"
#include "cpu/sharded_pass.hpp"

namespace tenas::engine::TENAS_ISA {

/// A task's work on this instruction set.
template <class L>
std::unique_ptr<TaskRun<L>> make_run(const EvaluationScope<L>& scope, const ForwardTask&) {
  return std::make_unique<ForwardRun<L>>(scope);
}
template <class L>
std::unique_ptr<TaskRun<L>> make_run(const EvaluationScope<L>& scope, const NtkTask& task) {
  return std::make_unique<NtkRun<L>>(scope, task);
}
template <class L>
std::unique_ptr<TaskRun<L>> make_run(const EvaluationScope<L>& scope, const RegionsTask& task) {
  return std::make_unique<RegionsRun<L>>(scope, task);
}
template <class L>
std::unique_ptr<TaskRun<L>> make_run(const EvaluationScope<L>& scope, const CodesTask&) {
  return std::make_unique<CodesRun<L>>(scope);
}
template <class L>
std::unique_ptr<TaskRun<L>> make_run(const EvaluationScope<L>& scope, const FeaturesTask& task) {
  return std::make_unique<FeaturesRun<L>>(scope, task);
}
template <class L>
std::unique_ptr<TaskRun<L>> make_run(const EvaluationScope<L>& scope, const GradientTask& task) {
  return std::make_unique<GradientRun<L>>(scope, task);
}

template <class L>
std::unique_ptr<TaskRun<L>> make_run(const EvaluationScope<L>& scope, const ChangeTask& task) {
  return std::make_unique<ChangeRun<L>>(scope, task);
}
template <class L>
std::unique_ptr<TaskRun<L>> make_run(const EvaluationScope<L>& scope, const BlocksTask& task) {
  return std::make_unique<BlocksRun<L>>(scope, task);
}
template <class L>
std::unique_ptr<TaskRun<L>> make_run(const EvaluationScope<L>& scope, const SaliencyTask& task) {
  return std::make_unique<SaliencyRun<L>>(scope, task);
}
template <class L>
std::unique_ptr<TaskRun<L>> make_run(const EvaluationScope<L>& scope, const JacobianTask& task) {
  return std::make_unique<JacobianRun<L>>(scope, task);
}
template <class L>
std::unique_ptr<TaskRun<L>> make_run(const EvaluationScope<L>& scope, const PatternsTask& task) {
  return std::make_unique<PatternsRun<L>>(scope, task);
}
template <class L>
std::unique_ptr<TaskRun<L>> make_run(const EvaluationScope<L>& scope, const PixelsTask& task) {
  return std::make_unique<PixelsRun<L>>(scope, task);
}
template <class L>
std::unique_ptr<TaskRun<L>> make_run(const EvaluationScope<L>& scope, const ConstantsTask& task) {
  return std::make_unique<ConstantsRun<L>>(scope, task);
}

template <class L>
std::unique_ptr<TaskRun<L>> make_run(const EvaluationScope<L>& scope, const CurvatureTask& task) {
  return std::make_unique<CurvatureRun<L>>(scope, task);
}

template <class L>
class LaneEngine final : public Engine {
 public:
  explicit LaneEngine(const Plan& plan) : plan_(plan) {}
  int32_t lanes() const override { return L::width; }
  std::unique_ptr<Workspace> make_workspace() const override { return std::make_unique<LaneWorkspace<L>>(); }
  std::unique_ptr<TrainingPass> make_training_pass() const override {
    return std::make_unique<ShardedPass<L>>(plan_);
  }

  std::unique_ptr<Prepared> prepare(std::span<const float> inputs, std::span<const int32_t> labels,
                                    std::span<const float> weights, int32_t batches,
                                    int32_t batch) const override {
    return std::make_unique<PreparedRepeat<L>>(plan_, inputs, labels, weights, batches, batch);
  }

  std::unique_ptr<Prepared> prepare_singles(std::span<const float> inputs, std::span<const int32_t> labels,
                                            std::span<const float> weights, int32_t samples) const override {
    return std::make_unique<PreparedSingles<L>>(plan_, inputs, labels, weights, samples);
  }

  std::vector<Answer> evaluate(std::span<Workspace* const> workspaces, const Prepared& prepared,
                               std::span<const double> coefficients, std::span<const Task> tasks,
                               const ParallelFor& parallel, const CancelFlag& cancel) const override {
    const EvaluationScope<L> scope{
        plan_, static_cast<const PreparedRepeat<L>&>(prepared), coefficients, workspaces, parallel, cancel};
    std::vector<std::unique_ptr<TaskRun<L>>> runs;
    for (const Task& task : tasks) {
      runs.push_back(std::visit([&](const auto& one) { return make_run<L>(scope, one); }, task));
    }
    constexpr Statistics kAll[] = {Statistics::kBatch, Statistics::kRunning, Statistics::kPerSample,
                                   Statistics::kNone};
    for (const Statistics statistics : kAll) run_passes(scope, tasks, runs, statistics);
    std::vector<Answer> answers;
    for (const auto& run : runs) answers.push_back(run->answer());
    return answers;
  }

  std::vector<Answer> evaluate_singles(Workspace& workspace, const Prepared& prepared,
                                       std::span<const double> coefficients, std::span<const Task> tasks,
                                       const CancelFlag& cancel) const override {
    const auto& blocks = static_cast<const PreparedSingles<L>&>(prepared).blocks();
    Workspace* const only[] = {&workspace};
    std::vector<std::unique_ptr<SingleSamplesRun<L>>> runs;
    for (const Task& task : tasks) {
      runs.push_back(
          std::make_unique<SingleSamplesRun<L>>(plan_, coefficients, std::get<GradientTask>(task)));
    }
    for (size_t b = 0; b < blocks.size(); ++b) {
      const EvaluationScope<L> scope{plan_, *blocks[b], coefficients, only, run_serially, cancel};
      scope.workspace().forward.run(plan_, runs[0]->schedule(), scope.repeat, coefficients, 0,
                                    Statistics::kPerSample, cancel, [](int32_t) {});
      for (const auto& run : runs) run->passed(scope, static_cast<int32_t>(b) * L::width);
    }
    std::vector<Answer> answers;
    for (const auto& run : runs) {
      answers.push_back(run->answer([&](size_t i) { return blocks[0]->value(i); }));
    }
    return answers;
  }

 private:
  using Runs = std::span<const std::unique_ptr<TaskRun<L>>>;

  /// The forward passes of all tasks that normalise by `statistics`: one per batch.
  void run_passes(const EvaluationScope<L>& scope, std::span<const Task> tasks, Runs runs,
                  Statistics statistics) const {
    std::vector<size_t> mine;
    for (size_t k = 0; k < tasks.size(); ++k) {
      if (shares_forward_pass(tasks[k]) && forward_statistics(tasks[k]) == statistics) mine.push_back(k);
    }
    if (mine.empty()) return;
    // Tasks with a schedule of their own need the nodes that the output depends on, all others need more.
    const auto wider = std::find_if(mine.begin(), mine.end(), [&](size_t k) { return !runs[k]->schedule(); });
    std::optional<Schedule> executed;
    if (wider != mine.end()) executed = schedule_forward(plan_, scope.coefficients);
    const Schedule& schedule = executed ? *executed : *runs[mine[0]]->schedule();
    std::vector<TaskRun<L>*> readers;
    for (int32_t which = 0;; ++which) {
      readers.clear();
      for (const size_t k : mine) {
        if (which < batches_of(tasks[k])) readers.push_back(runs[k].get());
      }
      if (readers.empty()) return;
      for (TaskRun<L>* run : readers) run->begin(which, schedule);
      scope.workspace().forward.run(plan_, schedule, scope.repeat, scope.coefficients, which, statistics,
                                    scope.cancel, [&](int32_t node) {
                                      for (TaskRun<L>* run : readers) run->ran(node);
                                    });
      for (TaskRun<L>* run : readers) run->passed(which);
    }
  }

  const Plan& plan_;
};

}  // namespace tenas::engine::TENAS_ISA
