// Forward pass of a candidate as a tape.
#pragma once

#include "cuda/drop_layout.hpp"
#include "cuda/layout.hpp"
#include "cuda/tape.hpp"
#include "plan/schedule.hpp"
#include "tasks/forward.hpp"

namespace tenas::cuda {

/// Runs the scheduled nodes and copies the output, and those of heads, to the item's logits. With `regions`,
/// neurons are added to signatures.
Tape forward_tape(const DeviceLayout& layout, const engine::Schedule& schedule,
                  std::span<const double> coefficients, tenas::Statistics statistics, bool regions,
                  const PassAdditions& additions = {});

/// The fields of a pooling node that both passes read.
Pool pool_of(const Node& node);
Shape shape_of(const engine::Layout& layout);

}  // namespace tenas::cuda
