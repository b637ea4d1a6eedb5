// An addon whose CUDA device is the host executor.
#include "cuda/availability.hpp"
#include "support/host_device.hpp"

namespace tenas::cuda {

const Availability& availability() {
  static const Availability here{true, "", "host executor"};
  return here;
}

Device& cuda_device() {
  static test::HostDevice device(1);
  return device;
}

}  // namespace tenas::cuda
