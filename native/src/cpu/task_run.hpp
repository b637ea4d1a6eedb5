// The work of a task during and after the forward pass that it shares with others.
#pragma once

#include "cpu/workspace.hpp"

namespace tenas::engine::TENAS_ISA {

/// Output values [batch][output values] of a forward pass, in the order of [C][H][W].
template <class Value, class L>
std::vector<Value> outputs_of(const Plan& plan, const PreparedRepeat<L>& repeat,
                              const ForwardPass<L>& forward) {
  constexpr int32_t kWidth = L::width;
  const int32_t output = plan.nodes[plan.graph.output].canonical;
  const Layout& layout = plan.nodes[output].layout;
  std::vector<Value> values;
  values.reserve(repeat.batch * plan.graph.nodes[output].shape.size());
  for (int32_t sample = 0; sample < repeat.batch; ++sample) {
    const typename L::T* p = forward.activation(output, sample / kWidth) + sample % kWidth;
    for (int32_t c = 0; c < layout.c; ++c) {
      for (int32_t y = 0; y < layout.h; ++y) {
        for (int32_t x = 0; x < layout.w; ++x) {
          values.push_back(static_cast<Value>(p[(c * layout.channel() + y * layout.row() + x) * kWidth]));
        }
      }
    }
  }
  return values;
}

/// The context of the tasks of one evaluation.
template <class L>
struct EvaluationScope {
  const Plan& plan;
  const PreparedRepeat<L>& repeat;
  std::span<const double> coefficients;
  std::span<Workspace* const> workspaces;
  const ParallelFor& parallel;
  const CancelFlag& cancel;

  LaneWorkspace<L>& workspace(int32_t worker = 0) const {
    return static_cast<LaneWorkspace<L>&>(*workspaces[worker]);
  }

  /// Output values of the last forward pass.
  template <class Value>
  std::vector<Value> logits() const {
    return outputs_of<Value>(plan, repeat, workspace().forward);
  }

  /// Mean and variance of every batch norm of the last forward pass, laid out as ForwardAnswer::statistics.
  template <class Value>
  std::vector<Value> statistics() const {
    std::vector<Value> values;
    for (int32_t v = 0; v < std::ssize(plan.graph.nodes); ++v) {
      const Node& node = plan.graph.nodes[v];
      if (node.op != Op::kBatchNorm) continue;
      const Normalisation<typename L::T>& norm = workspace().forward.normalisation(v);
      const int32_t channels = node.shape.c;
      const bool ran = std::ssize(norm.mean) == channels;
      for (int32_t c = 0; c < channels; ++c)
        values.push_back(ran ? static_cast<Value>(norm.mean[c]) : Value{0});
      for (int32_t c = 0; c < channels; ++c) {
        const double inverse = ran ? norm.inverse_deviation[c] : 1.0;
        values.push_back(static_cast<Value>(ran ? std::max(1.0 / (inverse * inverse) - node.eps, 0.0) : 1.0));
      }
    }
    return values;
  }
};

/// One task at work. It sees one forward pass per batch that it reads.
template <class L>
class TaskRun {
 public:
  virtual ~TaskRun() = default;
  /// The task's backward pass and the nodes that it needs run forward; null: every node that a candidate
  /// executes.
  virtual const Schedule* schedule() const { return nullptr; }
  /// Called before the forward pass of batch `which`, with the nodes that will run.
  virtual void begin(int32_t which, const Schedule& forward) { (void)which, (void)forward; }
  /// Called with each node as soon as it has run, see ForwardPass::run.
  virtual void ran(int32_t node) { (void)node; }
  /// Called after the forward pass of batch `which`.
  virtual void passed(int32_t which) = 0;
  virtual Answer answer() = 0;
};

}  // namespace tenas::engine::TENAS_ISA
