// Where the signatures of a batch are kept while its forward pass goes from one ReLU to the next.
#pragma once

#include <array>
#include <cstdint>
#include <cstring>

#include "kernels/signature.hpp"

namespace tenas::engine::TENAS_ISA {

/// Signatures and active neurons of one block of samples, kept in memory from one ReLU to the next.
template <class L>
struct BlockSignature {
  using I = typename L::I;
  using Int = typename L::Int;
  static constexpr int kValues = (kKeyWords<L> + 1) * L::width;  // in memory

  I words[kKeyWords<L>];
  I active;

  static BlockSignature load(const Int* all, int32_t block) {
    BlockSignature signature;
    const Int* own = all + int64_t{block} * kValues;
    std::memcpy(signature.words, own, sizeof(signature.words));
    std::memcpy(&signature.active, own + kKeyWords<L> * L::width, sizeof(signature.active));
    return signature;
  }
  void store(Int* all, int32_t block) const {
    Int* own = all + int64_t{block} * kValues;
    std::memcpy(own, words, sizeof(words));
    std::memcpy(own + kKeyWords<L> * L::width, &active, sizeof(active));
  }
  /// One sample's 128 bits.
  std::array<uint64_t, 2> key(int32_t lane) const {
    std::array<Int, kKeyWords<L>> own;
    for (size_t k = 0; k < own.size(); ++k) own[k] = words[k][lane];
    std::array<uint64_t, 2> bits;
    static_assert(sizeof(bits) == sizeof(own));
    std::memcpy(&bits, &own, sizeof(bits));
    return bits;
  }
};

}  // namespace tenas::engine::TENAS_ISA
