// Gradient of convolution weights, lane by lane: products of output gradients and inputs summed over pixels,
// register-tiled over output channels and (input channel, tap) columns.
#pragma once

#include <array>
#include <utility>

#include "kernels/lanes.hpp"

namespace tenas::engine::TENAS_ISA {

template <class L, int CO>
constexpr int largest_column_tile() {
  if constexpr (L::registers >= 32) return CO == 1 ? 9 : CO == 2 ? 8 : 6;
  return CO == 1 ? 9 : CO == 2 ? 5 : CO == 3 ? 4 : 3;
}

template <class T>
struct WeightGradientArgs {
  View<const T> gradient;            // output gradient, output channels of this group
  const T* input = nullptr;          // activation: pixel (0, 0) of the group's first input channel
  const int32_t* columns = nullptr;  // displacement of every (ci, tap) column in the input, in pixels
  int32_t column_count = 0;
  int64_t input_row = 0;       // input pixels from one output row to the next
  int32_t input_col = 1;       // and from one output column to the next
  int32_t rows = 0, cols = 0;  // of the output
  T* jacobian = nullptr;       // row of weight (0, 0); this unit's lanes
  int64_t jacobian_row = 0;    // scalars from one weight to the next
};

/// Sums over output rows [row, row_end) for CO output channels from `channel` and COLS columns from `column`.
/// Each call sums from zero and then adds to the Jacobian: short sums keep single precision accurate.
template <class L, class A, int CO, int COLS>
TENAS_HD void weight_gradient_tile(const WeightGradientArgs<typename L::T>& args, int32_t channel,
                                   int32_t column, int32_t row, int32_t row_end) {
  using T = typename L::T;
  using V = typename L::V;
  constexpr int W = L::width;
  V sum[CO][COLS];
  int64_t offset[COLS];
  unroll<COLS>(TENAS_EACH(k) {
    offset[k] = int64_t{args.columns[column + k]} * A::stride;
    unroll<CO>(TENAS_EACH(o) { sum[o][k] = L::zero(); });
  });
  const int64_t step = int64_t{args.input_col} * A::stride;
  for (; row < row_end; ++row) {
    const T* gradient = args.gradient.p + (channel * args.gradient.channel + row * args.gradient.row) * W;
    const T* input = args.input + row * args.input_row * A::stride;
    for (int32_t col = 0; col < args.cols; ++col) {
      V out[CO];
      unroll<CO>(TENAS_EACH(o) { out[o] = L::load(gradient + o * args.gradient.channel * W); });
      unroll<COLS>(TENAS_EACH(k) {
        const V in = A::load(input + offset[k]);
        unroll<CO>(TENAS_EACH(o) { add_product<L>(sum[o][k], out[o], in); });
      });
      gradient += W;
      input += step;
    }
  }
  unroll<CO>(TENAS_EACH(o) {
    T* p = args.jacobian + ((channel + o) * int64_t{args.column_count} + column) * args.jacobian_row;
    unroll<COLS>(TENAS_EACH(k) {
      L::store(p + k * args.jacobian_row, L::load(p + k * args.jacobian_row) + sum[o][k]);
    });
  });
}

template <class L, class A, int CO, int... K>
constexpr auto weight_gradient_table(std::integer_sequence<int, K...>) {
  using Kernel = void (*)(const WeightGradientArgs<typename L::T>&, int32_t, int32_t, int32_t, int32_t);
  return std::array<Kernel, sizeof...(K)>{&weight_gradient_tile<L, A, CO, K + 1>...};
}

template <class L, class A, int CO>
void weight_gradient_channels(const WeightGradientArgs<typename L::T>& args, int32_t channel, int32_t row,
                              int32_t row_end) {
  constexpr int largest = largest_column_tile<L, CO>();
  static constexpr auto kernels = weight_gradient_table<L, A, CO>(std::make_integer_sequence<int, largest>{});
  const int32_t tiles = (args.column_count + largest - 1) / largest;
  const int32_t width = args.column_count / tiles, wider = args.column_count % tiles;
  for (int32_t tile = 0, column = 0; tile < tiles; ++tile) {
    const int32_t size = tile < wider ? width + 1 : width;
    kernels[size - 1](args, channel, column, row, row_end);
    column += size;
  }
}

/// Adds one unit's weight gradient of one group to the Jacobian. Works in bands of rows that stay in the
/// first-level cache. Every band is a sum of its own, so bands are those of the engine's full vectors `Whole`
/// where L has fewer lanes: a direction's bits must not depend on the vectors that it is computed in.
template <class L, class A, class Whole>
void weight_gradient(const WeightGradientArgs<typename L::T>& args, const std::vector<int32_t>& tiles) {
  constexpr int64_t kBandBytes = 28 * 1024;
  const int64_t row_bytes =
      int64_t{args.cols} * 8 * Whole::width * static_cast<int64_t>(sizeof(typename L::T));
  const auto most = static_cast<int32_t>(kBandBytes / (row_bytes > 0 ? row_bytes : 1) + 1);
  // Bands of nearly equal height: every one ends with as many additions to the Jacobian.
  const int32_t bands = (args.rows + most - 1) / most;
  for (int32_t band = 0, row = 0; band < bands; ++band) {
    const int32_t row_end = (band + 1) * args.rows / bands;
    int32_t channel = 0;
    for (const int32_t tile : tiles) {
      switch (tile) {
        case 1:
          weight_gradient_channels<L, A, 1>(args, channel, row, row_end);
          break;
        case 2:
          weight_gradient_channels<L, A, 2>(args, channel, row, row_end);
          break;
        case 3:
          weight_gradient_channels<L, A, 3>(args, channel, row, row_end);
          break;
        default:
          weight_gradient_channels<L, A, 4>(args, channel, row, row_end);
          break;
      }
      channel += tile;
    }
    row = row_end;
  }
}

}  // namespace tenas::engine::TENAS_ISA
