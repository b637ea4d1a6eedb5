// Launchers of the kernels, each instantiated in one of the kernels_*.cu.
#pragma once

#include <cuda_runtime.h>

#include "cuda/device.hpp"
#include "cuda/kernel_list.hpp"

namespace tenas::cuda {

/// Queues a launch of K on the stream.
template <class K>
cudaError_t launch_kernel(const Launch& launch, cudaStream_t stream);

/// Whether this device can run K; cudaErrorNoKernelImageForDevice if the build has nothing for it.
template <class K>
cudaError_t probe_kernel();

}  // namespace tenas::cuda
