// Whether a CUDA device can be used, and the device. Implemented in runtime/: with CUDA, or without.
#pragma once

#include <string>

#include "cuda/device.hpp"

namespace tenas::cuda {

struct Availability {
  bool available = false;
  std::string reason;  // why not
  std::string device;  // name, compute capability and memory, if available
};

/// Looks once, on first use.
const Availability& availability();

/// The first CUDA device, made on first use. Throws Error CUDA_UNAVAILABLE with the reason, CUDA_FAILED. One
/// request at a time may use it.
Device& cuda_device();

}  // namespace tenas::cuda
