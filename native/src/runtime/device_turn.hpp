// Turns at the CUDA device: one request, or one call of a trainer, at a time.
#pragma once

#include <memory>
#include <mutex>

#include "base/cancel.hpp"
#include "train/training.hpp"

namespace tenas {

/// Waits for the device, which is the caller's until the lock is gone. Throws Error CANCELLED.
std::unique_lock<std::mutex> take_device(const CancelFlag& cancel);

/// A training on the device that takes a turn for each call.
std::unique_ptr<Training> in_turns(std::unique_ptr<Training> training);

}  // namespace tenas
