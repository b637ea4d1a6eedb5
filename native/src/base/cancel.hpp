// Stopping a running request.
#pragma once

#include <atomic>

#include "base/error.hpp"

namespace tenas {

/// Set to stop a running request; it then throws Error CANCELLED within a few milliseconds.
class CancelFlag {
 public:
  explicit CancelFlag(const std::atomic<bool>* flag = nullptr) : flag_(flag) {}
  /// Throws Error CANCELLED if the flag is set.
  void check() const {
    if (flag_ != nullptr && flag_->load(std::memory_order_relaxed)) {
      throw Error("CANCELLED", "the evaluation was cancelled");
    }
  }

 private:
  const std::atomic<bool>* flag_;
};

}  // namespace tenas
