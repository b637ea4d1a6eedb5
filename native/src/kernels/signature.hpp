// Linear regions: every neuron has a random 128-bit key; a sample's signature is the XOR of its active
// neurons' keys. Patterns are never stored; the number of distinct signatures is the number of regions
// (collisions: < 2^-100).
#pragma once

#include "kernels/lanes.hpp"

namespace tenas::engine::TENAS_ISA {

/// Words of the lane's integer type that make 128 bits.
template <class L>
constexpr int kKeyWords = 16 / static_cast<int>(sizeof(typename L::T));

/// XORs the keys of one channel plane of rectified values into `signature`, and counts active neurons.
/// `keys` holds kKeyWords words for each neuron of the plane, row-major.
template <class L>
TENAS_HD void add_to_signature(const typename L::T* rectified, int64_t row_stride, int32_t rows, int32_t cols,
                               const typename L::Int* keys, typename L::I (&signature)[kKeyWords<L>],
                               typename L::I& active) {
  using I = typename L::I;
  for (int32_t row = 0; row < rows; ++row) {
    for (int32_t col = 0; col < cols; ++col) {
      const I mask = L::positive(L::load(rectified + (row * row_stride + col) * L::width));
      for (int k = 0; k < kKeyWords<L>; ++k) signature[k] ^= mask & (I{} + keys[k]);
      active -= mask;
      keys += kKeyWords<L>;
    }
  }
}

}  // namespace tenas::engine::TENAS_ISA
