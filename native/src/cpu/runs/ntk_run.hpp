// The task `ntk` on the fast engine.
#pragma once

#include "base/linear_algebra.hpp"
#include "cpu/task_run.hpp"
#include "kernels/gram.hpp"

namespace tenas::engine::TENAS_ISA {

/// Output directions in blocks of a whole vector, then blocks of fewer lanes for what does not fill one.
struct DirectionBlocks {
  int32_t wide = 0, narrow = 0;
};

/// Splits so that no more lanes than needed are idle and `workers` are equally busy. Blocks of both widths
/// compute a direction with the same operations in the same order, so the split does not show in results.
inline DirectionBlocks split_directions(int32_t directions, int32_t width, int32_t narrow, int32_t workers) {
  if (narrow == width) return {(directions + width - 1) / width, 0};
  const int32_t share = width / narrow;
  const int32_t parts = (directions + narrow - 1) / narrow;
  const int32_t wide = parts / (share * workers) * workers;
  return {wide, parts - wide * share};
}

template <class L>
class NtkRun final : public TaskRun<L> {
 public:
  using T = typename L::T;

  NtkRun(const EvaluationScope<L>& scope, const NtkTask& task)
      : scope_(scope),
        task_(task),
        schedule_(schedule_backward(scope.plan, scope.coefficients, {ntk_parameters(scope.plan.graph)})),
        groups_(joined_stages(schedule_)),
        padded_(scope.repeat.blocks * L::width) {}

  const Schedule* schedule() const override { return &schedule_; }

  void passed(int32_t) override {
    LaneWorkspace<L>& ws = scope_.workspace();
    const int64_t entries = int64_t{padded_} * padded_;
    ws.gram.zeros(entries);
    BackwardArgs<L> args;
    args.plan = &scope_.plan;
    args.schedule = &schedule_;
    args.prepared = &scope_.repeat;
    args.forward = &ws.forward;
    args.jacobian_stride = padded_;
    if (task_.mode == NtkMode::kSample) {
      by_sample(args);
    } else {
      by_direction(args);
    }
    keep_kernel();
    answer_.logits = scope_.template logits<float>();
  }

  Answer answer() override {
    answer_.eigenvalues = symmetric_eigenvalues(answer_.kernel, scope_.repeat.batch);
    return std::move(answer_);
  }

 private:
  void by_sample(BackwardArgs<L>& args) {
    LaneWorkspace<L>& ws = scope_.workspace();
    int64_t rows = 0;
    for (const auto stages : groups_) rows = std::max(rows, jacobian_rows(stages));
    ws.jacobian.reserve(rows * padded_);
    args.jacobian = ws.jacobian.data();
    ws.by_sample.start(args);
    for (const auto stages : groups_) {
      const int64_t count = jacobian_rows(stages);
      ws.jacobian.zero(count * padded_);
      args.first_row = stages.front().jacobian_begin;
      ws.by_sample.run(args, stages, scope_.cancel);
      gram<L>(args.jacobian, count, padded_, padded_, ws.gram.data());
    }
  }

  void by_direction(BackwardArgs<L>& args) {
    LaneWorkspace<L>& ws = scope_.workspace();
    const int64_t values = schedule_.jacobian_rows * padded_;
    ws.jacobian.zeros(values);
    args.jacobian = ws.jacobian.data();
    copy_sample_major();
    args.sample_major = ws.sample_major.data();
    const DirectionBlocks blocks =
        split_directions(scope_.repeat.batch, L::width, L::Narrow::width, scope_.workspaces.size());
    scope_.parallel(blocks.wide + blocks.narrow, [&](int64_t block, int32_t worker) {
      LaneWorkspace<L>& own = scope_.workspace(worker);
      BackwardArgs<L> part = args;
      const auto run = [&](auto& pass) {
        pass.start(part);
        for (const auto stages : groups_) pass.run(part, stages, scope_.cancel);
      };
      const int32_t index = block;
      if (index < blocks.wide) {
        part.first_direction = index * L::width;
        run(own.by_direction);
      } else {
        part.first_direction = blocks.wide * L::width + (index - blocks.wide) * L::Narrow::width;
        run(own.by_few_directions);
      }
    });
    gram<L>(args.jacobian, schedule_.jacobian_rows, padded_, padded_, ws.gram.data());
  }

  /// Copies stored activations from [block][pixel][lane] to [sample][pixel], halos included.
  void copy_sample_major() const {
    LaneWorkspace<L>& ws = scope_.workspace();
    const Plan& plan = scope_.plan;
    const int32_t batch = scope_.repeat.batch;
    const Layout& input = plan.nodes[plan.graph.input].layout;
    ws.sample_major.reserve((plan.arena_pixels + input.size()) * batch);
    for (const int32_t v : schedule_.forward) {
      const NodePlan& node = plan.nodes[v];
      if (!node.stored) continue;
      const int64_t pixels = node.layout.size();
      for (int32_t sample = 0; sample < batch; ++sample) {
        const T* source =
            ws.forward.activation(v, sample / L::width) - node.layout.origin() * L::width + sample % L::width;
        T* target =
            ws.sample_major.data() + sample_major_offset(plan, v, sample, batch) - node.layout.origin();
        for (int64_t i = 0; i < pixels; ++i) target[i] = source[i * L::width];
      }
    }
  }

  void keep_kernel() {
    const int64_t n = scope_.repeat.batch;
    const double* gram = scope_.workspace().gram.data();
    answer_.kernel.resize(n * n);
    for (int64_t i = 0; i < n; ++i) {
      for (int64_t j = i; j < n; ++j) {
        answer_.kernel[i * n + j] = answer_.kernel[j * n + i] = gram[i * padded_ + j];
      }
    }
  }

  const EvaluationScope<L>& scope_;
  const NtkTask& task_;
  const Schedule schedule_;
  const std::vector<std::span<const BackwardStage>> groups_;
  const int32_t padded_;  // samples, filled up to whole blocks
  NtkAnswer answer_;
};

}  // namespace tenas::engine::TENAS_ISA
