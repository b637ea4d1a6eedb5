#include "cuda/runtime/launch.cuh"

namespace tenas::cuda {

TENAS_CUDA_KERNEL(Start);
TENAS_CUDA_KERNEL(BatchNormSums<LaneAccess>);
TENAS_CUDA_KERNEL(BatchNormSums<BroadcastAccess>);
TENAS_CUDA_KERNEL(BatchNormApply<LaneAccess>);
TENAS_CUDA_KERNEL(BatchNormApply<BroadcastAccess>);
TENAS_CUDA_KERNEL(BatchNormConstant);
TENAS_CUDA_KERNEL(BatchNormSample);
TENAS_CUDA_KERNEL(WeightGradient<LaneAccess>);
TENAS_CUDA_KERNEL(WeightGradient<BroadcastAccess>);
TENAS_CUDA_KERNEL(WeightSum);
TENAS_CUDA_KERNEL(RectifyGradient<LaneAccess>);
TENAS_CUDA_KERNEL(RectifyGradient<BroadcastAccess>);
TENAS_CUDA_KERNEL(AverageSpread);
TENAS_CUDA_KERNEL(AverageGather);
TENAS_CUDA_KERNEL(MaxPoolGradient<LaneAccess>);
TENAS_CUDA_KERNEL(MaxPoolGradient<BroadcastAccess>);
TENAS_CUDA_KERNEL(ActivationGradient<LaneAccess>);
TENAS_CUDA_KERNEL(ActivationGradient<BroadcastAccess>);
TENAS_CUDA_KERNEL(FactorGradient<LaneAccess>);
TENAS_CUDA_KERNEL(FactorGradient<BroadcastAccess>);
TENAS_CUDA_KERNEL(ChannelSum);
TENAS_CUDA_KERNEL(CoefficientSum);
TENAS_CUDA_KERNEL(PartSum);
TENAS_CUDA_KERNEL(TensorSum);
TENAS_CUDA_KERNEL(SquareSums);
TENAS_CUDA_KERNEL(Update);
TENAS_CUDA_KERNEL(SampleMajor);
TENAS_CUDA_KERNEL(GramPart);
TENAS_CUDA_KERNEL(GramSum);

}  // namespace tenas::cuda
