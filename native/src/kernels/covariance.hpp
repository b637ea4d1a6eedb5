// Products of two channels over the pixels of a block.
#pragma once

#include "kernels/lanes.hpp"

namespace tenas::engine::TENAS_ISA {

/// Sum over two planes of a * b, lane by lane in double. Rows are summed in the lane type first.
template <class L>
typename L::D plane_product(const typename L::T* a, int64_t a_row, const typename L::T* b, int64_t b_row,
                            int32_t rows, int32_t cols) {
  typename L::D total{};
  for (int32_t row = 0; row < rows; ++row) {
    typename L::V sum = L::zero();
    for (int32_t col = 0; col < cols; ++col) {
      sum += L::load(a + (row * a_row + col) * L::width) * L::load(b + (row * b_row + col) * L::width);
    }
    total += L::widen(sum);
  }
  return total;
}

/// Sum over one plane of (a - a_centre) * (b - b_centre), lane by lane in double. Rows are summed in the lane
/// type first.
template <class L>
typename L::D centred_product(const typename L::T* a, const typename L::T* b, int64_t row_stride,
                              int32_t rows, int32_t cols, typename L::T a_centre, typename L::T b_centre) {
  using V = typename L::V;
  typename L::D total{};
  const V first = L::set(a_centre), second = L::set(b_centre);
  for (int32_t row = 0; row < rows; ++row) {
    V sum = L::zero();
    for (int32_t col = 0; col < cols; ++col) {
      const int64_t pixel = (row * row_stride + col) * L::width;
      sum += (L::load(a + pixel) - first) * (L::load(b + pixel) - second);
    }
    total += L::widen(sum);
  }
  return total;
}

}  // namespace tenas::engine::TENAS_ISA
