// What each neuron does on all samples of a small batch, as a word.
#pragma once

#include <bit>
#include <cstdint>
#include <vector>

#include "kernels/lanes.hpp"

namespace tenas::engine::TENAS_ISA {

/// A set of words of 16 bits.
class PatternSet {
 public:
  PatternSet() : bits_((1 << 16) / 64, 0) {}
  void insert(uint32_t word) { bits_[word / 64] |= uint64_t{1} << word % 64; }
  int64_t size() const {
    int64_t count = 0;
    for (const uint64_t bits : bits_) count += std::popcount(bits);
    return count;
  }

 private:
  std::vector<uint64_t> bits_;
};

/// Sets bit `first` + lane of the word of each pixel of a plane where its lane is > 0, for so many lanes.
template <class L>
void add_signs(const typename L::T* plane, int64_t row_stride, int32_t rows, int32_t cols, int32_t first,
               int32_t lanes, uint32_t* words) {
  typename L::I own{};
  for (int32_t lane = 0; lane < lanes; ++lane) own[lane] = typename L::Int{1} << (first + lane);
  for (int32_t row = 0; row < rows; ++row) {
    for (int32_t col = 0; col < cols; ++col) {
      const auto active = L::positive(L::load(plane + (row * row_stride + col) * L::width)) & own;
      typename L::Int word = 0;
      for (int32_t lane = 0; lane < L::width; ++lane) word |= active[lane];
      *words++ |= static_cast<uint32_t>(word);
    }
  }
}

}  // namespace tenas::engine::TENAS_ISA
