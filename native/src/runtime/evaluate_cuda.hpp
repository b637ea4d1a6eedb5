// Requests on a CUDA device.
#pragma once

#include "cuda/device.hpp"
#include "runtime/request.hpp"

namespace tenas {

/// Evaluates a valid request on the device; one request at a time has it. Throws Error.
std::vector<Evaluation> evaluate_cuda(cuda::Device& device, const Program& program, const Request& request);

}  // namespace tenas
