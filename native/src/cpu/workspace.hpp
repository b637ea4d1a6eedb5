// Buffers and passes of one thread, kept between evaluations.
#pragma once

#include "cpu/backward_pass.hpp"
#include "cpu/engine.hpp"

namespace tenas::engine::TENAS_ISA {

template <class L>
class LaneWorkspace final : public Workspace {
 public:
  using T = typename L::T;
  ForwardPass<L> forward;
  BackwardPass<L, LaneAccess<L>> by_sample;
  BackwardPass<L, BroadcastAccess<L>> by_direction;
  BackwardPass<typename L::Narrow, BroadcastAccess<typename L::Narrow>, L> by_few_directions;
  Buffer<T> jacobian, sample_major;
  Buffer<double> gram;
  Buffer<typename L::Int> keys;
};

}  // namespace tenas::engine::TENAS_ISA
