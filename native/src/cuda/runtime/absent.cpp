// A build without CUDA.
#include "base/error.hpp"
#include "cuda/availability.hpp"

namespace tenas::cuda {

const Availability& availability() {
  static const Availability none{false, TENAS_CUDA_ABSENT, {}};
  return none;
}

Device& cuda_device() {
  throw Error("CUDA_UNAVAILABLE", availability().reason);
}

}  // namespace tenas::cuda
