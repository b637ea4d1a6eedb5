// Patterns of active neurons as bits, and in how many of them samples differ.
#pragma once

#include <bit>
#include <cstdint>
#include <cstring>

#include "kernels/lanes.hpp"

namespace tenas::engine::TENAS_ISA {

/// Packs signs into words of the lane's integer type: sample by sample, so a vector of words at a time.
template <class L>
class BitPacker {
 public:
  using Int = typename L::Int;
  static constexpr int kBits = 8 * static_cast<int>(sizeof(Int));

  /// Words go to `words`, a vector each.
  explicit BitPacker(Int* words) : words_(words) {}

  /// Adds one bit per pixel of a plane: 1 where the value is > 0.
  void add(const typename L::T* plane, int64_t row_stride, int32_t rows, int32_t cols) {
    for (int32_t row = 0; row < rows; ++row) {
      for (int32_t col = 0; col < cols; ++col) {
        const auto active = L::positive(L::load(plane + (row * row_stride + col) * L::width));
        word_ = (word_ << 1) - active;  // all bits set is -1
        if (++filled_ == kBits) flush();
      }
    }
  }
  /// Writes a word that is not full yet.
  void finish() {
    if (filled_ > 0) flush();
  }

 private:
  void flush() {
    std::memcpy(words_, &word_, sizeof(word_));
    words_ += L::width;
    word_ = typename L::I{};
    filled_ = 0;
  }

  Int* words_;
  typename L::I word_{};
  int filled_ = 0;
};

/// Number of bits in which two rows of words differ; `bytes` is a multiple of 8.
inline int64_t different_bits(const unsigned char* a, const unsigned char* b, size_t bytes) {
  int64_t count = 0;
  for (size_t i = 0; i < bytes; i += 8) {
    uint64_t x, y;
    std::memcpy(&x, a + i, 8);
    std::memcpy(&y, b + i, 8);
    count += std::popcount(x ^ y);
  }
  return count;
}

}  // namespace tenas::engine::TENAS_ISA
