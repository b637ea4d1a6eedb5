// Whether a CUDA device can be used by this build.
#pragma once

#include <string>

namespace tenas::cuda {

struct Availability {
  bool available = false;
  std::string reason;  // why not
};

/// This build has no CUDA backend, and says so.
inline Availability availability() {
  return {false, "this build has no CUDA backend; the CPU engine is used"};
}

}  // namespace tenas::cuda
