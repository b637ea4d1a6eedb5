// The task `forward`: the outputs of a network.
#pragma once

#include <cstdint>

namespace tenas {

/// Where batch norm takes its mean and variance from in a forward pass.
enum class Statistics : int32_t { kBatch = 0, kRunning = 1 };

struct ForwardTask {
  Statistics statistics = Statistics::kBatch;
};

}  // namespace tenas
