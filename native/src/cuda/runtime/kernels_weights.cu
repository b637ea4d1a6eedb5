// Compiled with -fmad=false: initial weights have the same bits as on the CPU.
#include "cuda/runtime/launch.cuh"

namespace tenas::cuda {

TENAS_CUDA_KERNEL(GenerateWeights);

}  // namespace tenas::cuda
