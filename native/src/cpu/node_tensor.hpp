// The output of a node on the last forward pass, stored or not.
#pragma once

#include "cpu/task_run.hpp"

namespace tenas::engine::TENAS_ISA {

/// Pixel (0, 0) of channel 0 of a node's first block; blocks follow one another.
template <class L>
struct NodeTensor {
  const typename L::T* p;
  Layout layout;

  const typename L::T* plane(int32_t channel, int32_t block) const {
    return p + (block * layout.size() + channel * layout.channel()) * L::width;
  }
};

/// The output of a canonical node that has run; of a node that is not stored it is worked out in `scratch`.
template <class L>
NodeTensor<L> node_tensor(const EvaluationScope<L>& scope, int32_t node, Buffer<typename L::T>& scratch) {
  ForwardPass<L>& forward = scope.workspace().forward;
  const NodePlan& plan = scope.plan.nodes[node];
  if (plan.stored) return {forward.activation(node, 0), plan.layout};
  const Layout layout{plan.layout.c, plan.layout.h, plan.layout.w, 0};
  scratch.reserve(layout.size() * scope.repeat.blocks * L::width);
  forward.write(node, scratch.data(), layout);
  return {scratch.data(), layout};
}

}  // namespace tenas::engine::TENAS_ISA
