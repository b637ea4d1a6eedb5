// A training's state as bytes, with a version and a checksum.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "train/state.hpp"

namespace tenas {

/// The state as bytes. The same state gives the same bytes.
std::vector<uint8_t> write_snapshot(const Graph& graph, const Optimiser& optimiser,
                                    const TrainingState& state);

/// The state that was written for the same network and kind of optimiser. Throws Error SNAPSHOT_INVALID for
/// bytes that are damaged, of another version, or of another network or optimiser.
TrainingState read_snapshot(const Graph& graph, const Optimiser& optimiser, std::span<const uint8_t> bytes);

}  // namespace tenas
