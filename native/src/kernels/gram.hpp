// Gram matrix of Jacobian rows: kernel += J^T J for J stored [parameter][direction]. Short sums in the lane
// type, then double.
#pragma once

#include <algorithm>

#include "kernels/lanes.hpp"

namespace tenas::engine::TENAS_ISA {

/// Rows that are summed in the lane type before they are widened. The rounding of such a sum is below that of
/// the Jacobian's own values, and the errors of different sums are independent.
constexpr int32_t kGramRows = 128;

/// Adds the products of directions [i, i + Tall) with [j, j + Wide * width) over `rows` parameters.
template <class L, int Tall, int Wide>
void gram_tile(const typename L::T* jacobian, int32_t rows, int64_t stride, int32_t i, int32_t j,
               int32_t padded, double* kernel) {
  using V = typename L::V;
  constexpr int W = L::width;
  V sum[Tall][Wide];
  unroll<Tall>(TENAS_EACH(a) { unroll<Wide>(TENAS_EACH(k) { sum[a][k] = L::zero(); }); });
  for (int32_t r = 0; r < rows; ++r) {
    const typename L::T* row = jacobian + r * stride;
    V right[Wide];
    unroll<Wide>(TENAS_EACH(k) { right[k] = L::load(row + j + k * W); });
    unroll<Tall>(TENAS_EACH(a) {
      const V left = L::set(row[i + a]);
      unroll<Wide>(TENAS_EACH(k) { sum[a][k] += left * right[k]; });
    });
  }
  unroll<Tall>(TENAS_EACH(a) {
    unroll<Wide>(TENAS_EACH(k) {
      double* target = kernel + int64_t{i + a} * padded + j + k * W;
      const typename L::D wide = L::widen(sum[a][k]);
      for (int lane = 0; lane < W; ++lane) target[lane] += wide[lane];
    });
  });
}

/// Adds `rows` parameters (each `stride` scalars apart, the first `padded` are directions) to the upper block
/// triangle of `kernel` [padded][padded]. `padded` is a multiple of the lane width.
template <class L>
void gram(const typename L::T* jacobian, int64_t rows, int64_t stride, int32_t padded, double* kernel) {
  constexpr int W = L::width;
  // Accumulators, a row of vectors and one broadcast value have to fit the registers.
  constexpr int kTall = L::registers >= 32 && W >= 8 ? 8 : 4, kWide = 2;
  for (int64_t begin = 0; begin < rows; begin += kGramRows) {
    const auto count = static_cast<int32_t>(std::min<int64_t>(kGramRows, rows - begin));
    const typename L::T* panel = jacobian + begin * stride;
    for (int32_t i = 0; i < padded; i += kTall) {
      int32_t j = i / W * W;
      for (; j + kWide * W <= padded; j += kWide * W)
        gram_tile<L, kTall, kWide>(panel, count, stride, i, j, padded, kernel);
      if (j < padded) gram_tile<L, kTall, 1>(panel, count, stride, i, j, padded, kernel);
    }
  }
}

}  // namespace tenas::engine::TENAS_ISA
