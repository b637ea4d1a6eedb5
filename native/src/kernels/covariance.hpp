// Inner products of channels over the pixels of a block.
#pragma once

#include <algorithm>

#include "kernels/lane_sums.hpp"

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

/// Rows on each side of a tile of products: its sums and a vector of each row have to fit the registers.
template <class L>
constexpr int kCovarianceTile = L::registers >= 32 ? 4 : 2;

/// Adds the inner products of kCovarianceTile rows from `a` with as many from `b` to `sums`, whose rows are
/// `columns` apart. Rows of `vectors` vectors are `stride` vectors apart. 32 products are summed in the lane
/// type before they are widened.
template <class L>
void add_row_products(const typename L::T* a, const typename L::T* b, int64_t vectors, int64_t stride,
                      double* sums, int64_t columns) {
  using V = typename L::V;
  constexpr int kTile = kCovarianceTile<L>;
  constexpr int64_t kShort = 32;
  typename L::D total[kTile][kTile] = {};
  for (int64_t begin = 0; begin < vectors; begin += kShort) {
    V sum[kTile][kTile];
    unroll<kTile>(TENAS_EACH(i) { unroll<kTile>(TENAS_EACH(k) { sum[i][k] = L::zero(); }); });
    for (int64_t v = begin; v < std::min(begin + kShort, vectors); ++v) {
      V right[kTile];
      unroll<kTile>(TENAS_EACH(k) { right[k] = L::load(b + (k * stride + v) * L::width); });
      unroll<kTile>(TENAS_EACH(i) {
        const V left = L::load(a + (i * stride + v) * L::width);
        unroll<kTile>(TENAS_EACH(k) { sum[i][k] += left * right[k]; });
      });
    }
    unroll<kTile>(TENAS_EACH(i) { unroll<kTile>(TENAS_EACH(k) { total[i][k] += L::widen(sum[i][k]); }); });
  }
  for (int i = 0; i < kTile; ++i) {
    for (int k = 0; k < kTile; ++k) sums[i * columns + k] += sum_lanes<L>(total[i][k]);
  }
}

}  // namespace tenas::engine::TENAS_ISA
