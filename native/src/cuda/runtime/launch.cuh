// The __global__ function around a kernel body: phases with a barrier between them.
#pragma once

#include "cuda/runtime/launch.hpp"

namespace tenas::cuda {

template <class K, int Phase>
__device__ __forceinline__ void run_phases(const Thread& thread, const Tables& tables,
                                           const typename K::Step& step, const Item& item,
                                           typename K::State& state, unsigned char* shared) {
  K::template run<Phase>(thread, tables, step, item, state, shared);
  if constexpr (Phase + 1 < K::kPhases) {
    __syncthreads();
    run_phases<K, Phase + 1>(thread, tables, step, item, state, shared);
  }
}

/// Blocks of a kernel that a multiprocessor should hold: what its registers allow without spilling.
template <class K>
constexpr int kResident = 1024 / (K::kThreads > 128 ? 256 : 128);
template <>
constexpr int kResident<Convolution> = 6;
template <>
constexpr int kResident<BatchNormSums<BroadcastAccess>> = 6;
template <>
constexpr int kResident<BatchNormSums<LaneAccess>> = 2;
template <>
constexpr int kResident<BatchNormConstant> = 6;
template <>
constexpr int kResident<BatchNormSample> = 6;
template <>
constexpr int kResident<CoefficientSum> = 6;
template <class A>
constexpr int kResident<MaxPoolGradient<A>> = 6;
template <class A>
constexpr int kResident<WeightGradient<A>> = 3;
template <>
constexpr int kResident<WeightSum> = 3;
template <>
constexpr int kResident<TensorSum> = 2;

template <class K>
__global__ void __launch_bounds__(K::kThreads, kResident<K>)
    kernel(const Work<K>* __restrict__ work, const Item* __restrict__ items, const Tables tables) {
  __shared__ alignas(16) unsigned char shared[K::kShared > 0 ? K::kShared : 1];
  Thread thread;
  thread.index = static_cast<int32_t>(threadIdx.x);
  thread.block = static_cast<int32_t>(blockIdx.x);
  const Work<K>& own = work[blockIdx.y];
  typename K::State state;
  run_phases<K, 0>(thread, tables, own.step, items[own.first_item + blockIdx.z], state, shared);
}

template <class K>
cudaError_t launch_kernel(const Launch& launch, cudaStream_t stream) {
  kernel<K><<<dim3(launch.blocks, launch.steps, launch.items), K::kThreads, 0, stream>>>(
      static_cast<const Work<K>*>(launch.work), launch.item, launch.tables);
  return cudaGetLastError();
}

template <class K>
cudaError_t probe_kernel() {
  cudaFuncAttributes attributes;
  return cudaFuncGetAttributes(&attributes, kernel<K>);
}

#define TENAS_CUDA_KERNEL(...)                                                  \
  template cudaError_t launch_kernel<__VA_ARGS__>(const Launch&, cudaStream_t); \
  template cudaError_t probe_kernel<__VA_ARGS__>()

}  // namespace tenas::cuda
