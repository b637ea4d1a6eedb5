#include "cuda/runtime/launch.cuh"

namespace tenas::cuda {

TENAS_CUDA_KERNEL(PackInputs);
TENAS_CUDA_KERNEL(PackWeights);
TENAS_CUDA_KERNEL(Convolution);
TENAS_CUDA_KERNEL(Statistics);
TENAS_CUDA_KERNEL(SampleStatistics);
TENAS_CUDA_KERNEL(Combine);
TENAS_CUDA_KERNEL(Copy);
TENAS_CUDA_KERNEL(AveragePool);
TENAS_CUDA_KERNEL(MaxPool);
TENAS_CUDA_KERNEL(GlobalAverage);
TENAS_CUDA_KERNEL(Activate);
TENAS_CUDA_KERNEL(ScaleChannels<LaneAccess>);
TENAS_CUDA_KERNEL(ScaleChannels<BroadcastAccess>);
TENAS_CUDA_KERNEL(SelectChannels);
TENAS_CUDA_KERNEL(DropValues);
TENAS_CUDA_KERNEL(Signature);

}  // namespace tenas::cuda
