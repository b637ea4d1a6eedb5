// Requests on a CUDA device.
#pragma once

#include "cuda/device.hpp"
#include "runtime/request.hpp"

namespace tenas {

/// Evaluates a valid request, whose tasks all have a CUDA form, on the device; one request at a time has it.
/// Returns [candidate][repeat][task]. Throws Error.
std::vector<std::vector<Answer>> evaluate_cuda(cuda::Device& device, Program& program,
                                               const Request& request);

}  // namespace tenas
