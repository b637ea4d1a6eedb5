// Direct convolution, register-tiled over output channels and pixels: weights are broadcast, pixels are
// vectors. The same routine runs the forward pass and every part of the backward pass by data.
#pragma once

#include <array>
#include <type_traits>
#include <utility>

#include "kernels/lanes.hpp"
#include "plan/plan.hpp"

namespace tenas::engine::TENAS_ISA {

/// Widest pixel tile for a tile of CO output channels: accumulators, one pixel row and a weight must fit the
/// registers.
template <class L, int CO>
constexpr int largest_pixel_tile() {
  if constexpr (L::registers >= 32) return CO == 1 ? 8 : CO == 2 ? 8 : CO == 3 ? 7 : 6;
  return CO == 1 ? 8 : CO == 2 ? 5 : CO == 3 ? 4 : 3;
}

template <class T>
struct ConvArgs {
  View<const T> in;            // input channels of this group; pixel (0, 0) of the source
  View<T> out;                 // output channels of this group; pixel (0, 0) of the destination
  const T* weights = nullptr;  // packed [tile][ci][tap][CO]
  const T* bias = nullptr;     // [co] or null
  bool accumulate = false;
  /// As large as `out`, or null: only where it is positive, something comes out; elsewhere 0. Not on devices.
  View<const T> gate;
};

/// `Geometry` is a DenseConv, or what stands for one on a device.
template <class L, int CO, int PX, class Geometry>
TENAS_HD void conv_tiles(const ConvArgs<typename L::T>& args, const Geometry& dense,
                         const typename L::T* weights, int32_t channel, int32_t first_col, int32_t tiles) {
  using T = typename L::T;
  using V = typename L::V;
  constexpr int W = L::width;
  const int32_t count = dense.columns.size();
  const int32_t* columns = dense.columns.data();
  const int64_t step_in = int64_t{dense.src_step_col} * W;
  const int64_t step_out = int64_t{dense.step_col} * W;
  for (int32_t row = 0; row < dense.rows; ++row) {
    for (int32_t tile = 0; tile < tiles; ++tile) {
      const int32_t col = first_col + tile * PX;
      const T* source = args.in.p + (int64_t{row} * dense.src_step_row * args.in.row) * W + col * step_in;
      const auto place = TENAS_EACH(view) {
        return view.p +
               (channel * view.channel + (int64_t{row} * dense.step_row + dense.first_row) * view.row +
                dense.first_col) *
                   W +
               col * step_out;
      };
      T* target = place(args.out);
      V sum[CO][PX];
      unroll<CO>(TENAS_EACH(o) {
        const V start = args.bias ? L::set(args.bias[channel + o]) : L::zero();
        unroll<PX>(TENAS_EACH(x) { sum[o][x] = start; });
      });
      const T* weight = weights;
      for (int32_t k = 0; k < count; ++k) {
        const T* pixel = source + int64_t{columns[k]} * W;
        V in[PX];
        unroll<PX>(TENAS_EACH(x) { in[x] = L::load(pixel + x * step_in); });
        unroll<CO>(TENAS_EACH(o) {
          const V factor = L::set(weight[o]);
          unroll<PX>(TENAS_EACH(x) { sum[o][x] += factor * in[x]; });
        });
        weight += CO;
      }
      unroll<CO>(TENAS_EACH(o) {
        T* p = target + o * args.out.channel * W;
        if constexpr (std::is_same_v<Geometry, DenseConv>) {
          if (args.gate.p != nullptr) {
            const T* gate = place(args.gate) + o * args.gate.channel * W;
            unroll<PX>(
                TENAS_EACH(x) { sum[o][x] = L::where_positive(L::load(gate + x * step_out), sum[o][x]); });
          }
        }
        unroll<PX>(TENAS_EACH(x) {
          if (args.accumulate) sum[o][x] += L::load(p + x * step_out);
          L::store(p + x * step_out, sum[o][x]);
        });
      });
    }
  }
}

template <class L, int CO, int... PX>
constexpr auto conv_table(std::integer_sequence<int, PX...>) {
  using Kernel = void (*)(const ConvArgs<typename L::T>&, const DenseConv&, const typename L::T*, int32_t,
                          int32_t, int32_t);
  return std::array<Kernel, sizeof...(PX)>{&conv_tiles<L, CO, PX + 1, DenseConv>...};
}

/// All columns of one tile of CO output channels, in nearly equal pixel tiles.
template <class L, int CO>
void conv_channels(const ConvArgs<typename L::T>& args, const DenseConv& dense, const typename L::T* weights,
                   int32_t channel) {
  constexpr int largest = largest_pixel_tile<L, CO>();
  static constexpr auto kernels = conv_table<L, CO>(std::make_integer_sequence<int, largest>{});
  const int32_t tiles = (dense.cols + largest - 1) / largest;
  const int32_t width = dense.cols / tiles, wider = dense.cols % tiles;
  if (wider > 0) kernels[width](args, dense, weights, channel, 0, wider);
  kernels[width - 1](args, dense, weights, channel, wider * (width + 1), tiles - wider);
}

/// One dense convolution for one group: out (+)= weights * in (+ bias).
/// `tiles` are the register tiles over output channels that the weights were packed for.
template <class L>
void convolve(const ConvArgs<typename L::T>& args, const DenseConv& dense,
              const std::vector<int32_t>& tiles) {
  const int64_t per_channel = std::ssize(dense.columns);
  int32_t channel = 0;
  for (const int32_t tile : tiles) {
    const typename L::T* weights = args.weights + channel * per_channel;
    switch (tile) {
      case 1:
        conv_channels<L, 1>(args, dense, weights, channel);
        break;
      case 2:
        conv_channels<L, 2>(args, dense, weights, channel);
        break;
      case 3:
        conv_channels<L, 3>(args, dense, weights, channel);
        break;
      default:
        conv_channels<L, 4>(args, dense, weights, channel);
        break;
    }
    channel += tile;
  }
}

}  // namespace tenas::engine::TENAS_ISA
