// Stopping a running evaluation.
#pragma once

#include <cstdint>

#include "base/error.hpp"

namespace tenas {

/// Set to stop a running evaluation; it then throws Error CANCELLED within a few milliseconds.
class CancelFlag {
 public:
  explicit CancelFlag(const int32_t* flag = nullptr) : flag_(flag) {}
  /// Throws Error CANCELLED if the flag is set.
  void check() const {
    if (flag_ != nullptr && __atomic_load_n(flag_, __ATOMIC_RELAXED) != 0) {
      throw Error("CANCELLED", "the evaluation was cancelled");
    }
  }

 private:
  const int32_t* flag_;
};

}  // namespace tenas
