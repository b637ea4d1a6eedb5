// The task `saliency` on the fast engine: a backward pass that shows the gradients of the asked nodes.
#pragma once

#include <optional>

#include "cpu/node_tensor.hpp"
#include "cpu/sample_correlations.hpp"
#include "kernels/covariance.hpp"
#include "tasks/loss.hpp"

namespace tenas::engine::TENAS_ISA {

template <class L>
class SaliencyRun final : public TaskRun<L>, private GradientObserver<typename L::T> {
 public:
  using T = typename L::T;

  SaliencyRun(const EvaluationScope<L>& scope, const SaliencyTask& task)
      : scope_(scope),
        task_(task),
        schedule_(schedule_backward(
            scope.plan, scope.coefficients,
            Targets{ParameterSet(scope.plan.graph.params.size(), false), false, false, task.nodes})),
        asked_(task.nodes.size()) {
    const std::vector<bool> executed = executed_nodes(scope.plan.graph, scope.coefficients);
    for (size_t k = 0; k < asked_.size(); ++k) {
      asked_[k].node = scope.plan.nodes[task.nodes[k]].canonical;
      asked_[k].runs = executed[task.nodes[k]];
    }
    answer_.nodes.resize(task.nodes.size());
  }

  void ran(int32_t node) override {
    for (size_t k = 0; task_.correlations && k < asked_.size(); ++k) {
      if (!asked_[k].runs || asked_[k].node != node) continue;
      const NodeTensor<L> tensor = node_tensor(scope_, node, scratch_);
      SampleRows<L> rows(shape(node), scope_.repeat.blocks);
      for (int32_t block = 0; block < scope_.repeat.blocks; ++block) {
        rows.place(block, tensor.plane(0, block), tensor.layout.channel(), tensor.layout.row());
      }
      answer_.nodes[k].outputs = rows.correlations(scope_.repeat.batch);
    }
  }

  void passed(int32_t which) override {
    const std::vector<double> logits = scope_.template logits<double>();
    const LossValue value =
        evaluate_loss(task_.loss, which, logits, scope_.repeat.labels(which), scope_.repeat.batch);
    answer_.loss = value.loss;
    for (size_t k = 0; k < asked_.size(); ++k) {
      if (!asked_[k].runs) continue;
      answer_.nodes[k].products.assign(int64_t{scope_.repeat.batch} * shape(asked_[k].node).c, 0.0);
      // A node that no gradient reaches has the same everywhere.
      if (task_.correlations) {
        answer_.nodes[k].gradients.assign(int64_t{scope_.repeat.batch} * scope_.repeat.batch, NAN);
      }
    }
    LaneWorkspace<L>& ws = scope_.workspace();
    BackwardArgs<L> args;
    args.plan = &scope_.plan;
    args.schedule = &schedule_;
    args.prepared = &scope_.repeat;
    args.forward = &ws.forward;
    args.output_gradient = value.gradient;
    args.observer = this;
    ws.through_batch.start(args);
    for (const auto stages : joined_stages(schedule_)) ws.through_batch.run(args, stages, scope_.cancel);
  }

  Answer answer() override { return std::move(answer_); }

 private:
  struct Asked {
    int32_t node = -1;
    bool runs = false;
    std::optional<NodeTensor<L>> output;
    Buffer<T> scratch;
    std::optional<SampleRows<L>> gradient;
  };

  const Shape& shape(int32_t node) const { return scope_.plan.graph.nodes[node].shape; }

  void see(int32_t node, int32_t unit, const T* gradient) override {
    for (size_t k = 0; k < asked_.size(); ++k) {
      if (!asked_[k].runs || asked_[k].node != node) continue;
      Asked& asked = asked_[k];
      if (!asked.output) asked.output = node_tensor(scope_, node, asked.scratch);
      add_products(*asked.output, unit, gradient, answer_.nodes[k].products);
      if (!task_.correlations) continue;
      if (!asked.gradient) asked.gradient.emplace(shape(node), scope_.repeat.blocks);
      asked.gradient->place(unit, gradient, int64_t{shape(node).h} * shape(node).w, shape(node).w);
      if (unit + 1 < scope_.repeat.blocks) continue;
      answer_.nodes[k].gradients = asked.gradient->correlations(scope_.repeat.batch);
      asked.gradient.reset();
    }
  }

  void add_products(const NodeTensor<L>& output, int32_t unit, const T* gradient,
                    std::vector<double>& products) const {
    const Layout& layout = output.layout;
    for (int32_t c = 0; c < layout.c; ++c) {
      const typename L::D lanes = plane_product<L>(output.plane(c, unit), layout.row(),
                                                   gradient + int64_t{c} * layout.h * layout.w * L::width,
                                                   layout.w, layout.h, layout.w);
      for (int32_t lane = 0; lane < scope_.repeat.valid_lanes(unit); ++lane) {
        products[(int64_t{unit} * L::width + lane) * layout.c + c] = lanes[lane];
      }
    }
  }

  const EvaluationScope<L>& scope_;
  const SaliencyTask& task_;
  const Schedule schedule_;
  std::vector<Asked> asked_;
  Buffer<T> scratch_;
  SaliencyAnswer answer_;
};

}  // namespace tenas::engine::TENAS_ISA
