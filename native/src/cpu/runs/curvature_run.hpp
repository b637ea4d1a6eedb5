// The task `curvature` on the fast engine: a forward and backward pass in dual lanes, which carry the
// derivatives along the weights of all layers.
#pragma once

#include <memory>

#include "cpu/task_run.hpp"

namespace tenas::engine::TENAS_ISA {

/// Has passes of its own: each sample takes a pair of lanes, so they see a batch twice as large.
template <class L>
class CurvatureRun final : public TaskRun<L> {
 public:
  using Pairs = DualLanes<L>;
  using T = typename L::T;

  CurvatureRun(const EvaluationScope<L>& scope, const CurvatureTask& task)
      : scope_(scope),
        task_(task),
        schedule_(schedule_backward(scope.plan, scope.coefficients, {layer_weights(scope.plan.graph)})),
        repeat_(scope.repeat.weights()) {}

  void passed(int32_t) override {}

  Answer answer() override {
    DualPasses<L>& passes = scope_.workspace().dual;
    repeat_.load(scope_.plan, inputs(), 1, 2 * scope_.repeat.batch);
    passes.forward.run(scope_.plan, schedule_, repeat_, scope_.coefficients, 0, Statistics::kBatch,
                       scope_.cancel, [](int32_t) {});
    const DualLoss loss = curvature_loss(task_, logits(passes.forward), scope_.repeat.labels(0));
    return curvature_answer(scope_.plan.graph, loss.loss, differentiate(passes, loss));
  }

 private:
  /// The first batch, [sample][image, its derivative][C][H][W]. The derivative is 0.
  std::vector<float> inputs() const {
    const Layout& layout = scope_.plan.nodes[scope_.plan.graph.input].layout;
    const int64_t size = int64_t{layout.c} * layout.h * layout.w;
    std::vector<float> values(2 * size * scope_.repeat.batch, 0.0f);
    for (int32_t n = 0; n < scope_.repeat.batch; ++n) {
      const T* from =
          scope_.repeat.input(scope_.plan, 0, n / L::width) + layout.origin() * L::width + n % L::width;
      float* to = values.data() + 2 * size * n;
      for (int32_t c = 0; c < layout.c; ++c) {
        for (int32_t y = 0; y < layout.h; ++y) {
          for (int32_t x = 0; x < layout.w; ++x) {
            *to++ = static_cast<float>(from[(c * layout.channel() + y * layout.row() + x) * L::width]);
          }
        }
      }
    }
    return values;
  }

  /// [sample][outputs], from [sample][value, derivative][outputs].
  std::vector<Dual> logits(const ForwardPass<Pairs>& forward) const {
    const std::vector<double> outputs = outputs_of<double>(scope_.plan, repeat_, forward);
    const int64_t size = std::ssize(outputs) / repeat_.batch;
    std::vector<Dual> found(outputs.size() / 2);
    for (int64_t i = 0; i < std::ssize(found); ++i) {
      const int64_t value = i / size * 2 * size + i % size;
      found[i] = {outputs[value], outputs[value + size]};
    }
    return found;
  }

  /// The gradient by all parameters; 0 for those that are no weights of layers.
  std::vector<Dual> differentiate(DualPasses<L>& passes, const DualLoss& loss) const {
    const Graph& graph = scope_.plan.graph;
    const int64_t size = std::ssize(loss.gradient) / scope_.repeat.batch;
    std::vector<double> seeds(2 * loss.gradient.size());
    for (int64_t i = 0; i < std::ssize(loss.gradient); ++i) {
      const int64_t value = i / size * 2 * size + i % size;
      seeds[value] = loss.gradient[i].value;
      seeds[value + size] = loss.gradient[i].derivative;
    }
    BackwardArgs<Pairs> args;
    args.plan = &scope_.plan;
    args.schedule = &schedule_;
    args.prepared = &repeat_;
    args.forward = &passes.forward;
    args.output_gradient = seeds;
    args.jacobian_stride = L::width;
    const std::vector<std::span<const BackwardStage>> groups = joined_stages(schedule_);
    int64_t rows = 0;
    for (const auto stages : groups) rows = std::max(rows, jacobian_rows(stages));
    Buffer<T>& jacobian = scope_.workspace().jacobian;
    jacobian.reserve(rows * L::width);
    args.jacobian = jacobian.data();
    std::vector<Dual> found(graph.param_values);
    passes.backward.start(args);
    for (const auto stages : groups) {
      const int64_t count = jacobian_rows(stages);
      jacobian.zero(count * L::width);
      args.first_row = stages.front().jacobian_begin;
      passes.backward.run(args, stages, scope_.cancel);
      for (size_t id = 0; id < graph.params.size(); ++id) {
        const int64_t row = schedule_.jacobian_row[id] - args.first_row;
        if (schedule_.jacobian_row[id] < 0 || row < 0 || row >= count) continue;
        const Param& param = graph.params[id];
        for (int64_t i = 0; i < param.size; ++i) {
          found[param.offset + i] +=
              sum_pairs<Pairs>(L::widen(L::load(jacobian.data() + (row + i) * L::width)));
        }
      }
    }
    return found;
  }

  const EvaluationScope<L>& scope_;
  const CurvatureTask& task_;
  const Schedule schedule_;
  PreparedRepeat<Pairs> repeat_;
};

}  // namespace tenas::engine::TENAS_ISA
