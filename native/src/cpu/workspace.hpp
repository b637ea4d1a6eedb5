// Buffers and passes of one thread, kept between evaluations.
#pragma once

#include "cpu/backward_pass.hpp"
#include "cpu/engine.hpp"

namespace tenas::engine::TENAS_ISA {

/// Rows of a Jacobian, a column for every sample or direction.
template <class L, template <class, class> class Norms, template <class> class Access, class Forward = L>
using JacobianPass = BackwardPass<L, Access<L>, Norms<L, Access<L>>, JacobianRows, Forward>;

/// Gradients summed over the samples, which are the lanes.
template <class L, template <class, class> class Norms>
using GradientPass = BackwardPass<L, LaneAccess<L>, Norms<L, LaneAccess<L>>, ParameterSums>;

/// A forward and backward pass with their derivatives along the weights.
template <class L>
struct DualPasses {
  ForwardPass<DualLanes<L>> forward;
  GradientPass<DualLanes<L>, ThroughBatch> backward;
};

template <class L>
class LaneWorkspace final : public Workspace {
 public:
  using T = typename L::T;
  ForwardPass<L> forward;
  JacobianPass<L, ConstantNorms, LaneAccess> by_sample;
  JacobianPass<L, ThroughSample, LaneAccess> by_single;
  JacobianPass<L, ThroughBatch, BroadcastAccess> by_direction;
  JacobianPass<typename L::Narrow, ThroughBatch, BroadcastAccess, L> by_few_directions;
  GradientPass<L, ThroughBatch> through_batch;
  GradientPass<L, ConstantNorms> constant;
  GradientPass<L, ThroughSample> through_sample;
  DualPasses<L> dual;
  Buffer<T> jacobian, sample_major;
  Buffer<double> gram;
  Buffer<typename L::Int> keys;
};

}  // namespace tenas::engine::TENAS_ISA
