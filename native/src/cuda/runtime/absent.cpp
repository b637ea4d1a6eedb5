// A build without CUDA.
#include "base/error.hpp"
#include "cuda/availability.hpp"

namespace tenas::cuda {

const Availability& availability() {
  // Never destroyed: threads may still ask while the process exits.
  static const auto* none = new Availability{false, TENAS_CUDA_ABSENT, {}};
  return *none;
}

Device& cuda_device() {
  throw Error("CUDA_UNAVAILABLE", availability().reason);
}

}  // namespace tenas::cuda
