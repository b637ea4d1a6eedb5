// Linear regions: a warp XORs the keys of one channel's active neurons into the signatures of its 32 samples.
#pragma once

#include "cuda/kernel.hpp"
#include "kernels/signature.hpp"

namespace tenas::cuda {

struct SignatureStep {
  Tensor relu;
  Rows shape;  // one row for each plane
  int32_t rows = 0, cols = 0, batch = 0;
  int64_t first_neuron = 0;
  int32_t copies = 1;  // equal ReLUs that this one stands for
  int64_t stride = 0;  // samples, padded to whole warps
  TENAS_HD int64_t warps() const { return shape.count(); }
};

// XOR and addition of integers: the order in which warps arrive does not show.
TENAS_HD inline void atomic_xor(uint32_t* p, uint32_t value) {
#ifdef __CUDA_ARCH__
  atomicXor(p, value);
#else
  *p ^= value;
#endif
}
TENAS_HD inline void atomic_add(uint32_t* p, uint32_t value) {
#ifdef __CUDA_ARCH__
  atomicAdd(p, value);
#else
  *p += value;
#endif
}

struct Signature : WarpKernel<SignatureStep> {
  static constexpr int kWords = engine::isa_cuda::kKeyWords<WarpLane>;

  template <int Phase>
  static TENAS_HD void run(const Thread& thread, const Tables& tables, const Step& step, const Item& item,
                           State&, unsigned char*) {
    if (warp_of(thread) >= step.warps()) return;
    const RowOf at(step.shape, warp_of(thread));
    const int32_t sample = at.unit * kLanes + thread.lane();
    if (sample >= step.batch) return;
    int32_t signature[kWords] = {};
    int32_t active = 0;
    const int64_t neuron = step.first_neuron + int64_t{at.channel} * step.rows * step.cols;
    engine::isa_cuda::add_to_signature<WarpLane>(
        plane<LaneAccess>(item, step.relu, at.unit, at.channel, thread.lane()), step.relu.row, step.rows,
        step.cols, reinterpret_cast<const int32_t*>(tables.keys + neuron * kWords), signature, active);
    for (int k = 0; k < kWords; ++k) {
      atomic_xor(item.signatures + k * step.stride + sample, static_cast<uint32_t>(signature[k]));
    }
    atomic_add(item.signatures + kWords * step.stride + sample, static_cast<uint32_t>(active * step.copies));
  }
};

}  // namespace tenas::cuda
