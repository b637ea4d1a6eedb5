// Convolution of maps so small that most taps fall outside: only those inside are computed. Pixels are taken
// singly; register tiles run over output channels and blocks of lanes.
#pragma once

#include "kernels/convolution.hpp"

namespace tenas::engine::TENAS_ISA {

template <class T>
struct ClippedArgs {
  const T* in = nullptr;                 // first block, first input channel of the group, pixel (0, 0)
  int64_t in_channel = 0, in_block = 0;  // strides in pixels
  T* out = nullptr;                      // first block, first output channel of the group, pixel (0, 0)
  int64_t out_channel = 0, out_row = 0, out_block = 0;
  int32_t cols = 0;            // of the output
  const T* weights = nullptr;  // packed [tile][ci][tap][CO]
  const T* bias = nullptr;     // [co] or null
  int32_t ci = 0, taps = 0;
};

/// Tiles of BX blocks, beginning with block `first`.
template <class L, int CO, int BX>
void clipped_tiles(const ClippedArgs<typename L::T>& args, const ClippedTaps& clip,
                   const typename L::T* weights, int32_t channel, int32_t first, int32_t tiles) {
  using T = typename L::T;
  using V = typename L::V;
  constexpr int W = L::width;
  const int32_t pixels = std::ssize(clip.begin) - 1;
  const int64_t step_in = args.in_block * W, step_out = args.out_block * W;
  for (int32_t tile = 0; tile < tiles; ++tile) {
    const T* block = args.in + (first + tile * BX) * step_in;
    T* out = args.out + (first + tile * BX) * step_out + channel * args.out_channel * W;
    for (int32_t pixel = 0; pixel < pixels; ++pixel) {
      const int32_t begin = clip.begin[pixel], end = clip.begin[pixel + 1];
      V sum[CO][BX];
      unroll<CO>(TENAS_EACH(o) {
        const V start = args.bias ? L::set(args.bias[channel + o]) : L::zero();
        unroll<BX>(TENAS_EACH(b) { sum[o][b] = start; });
      });
      for (int32_t c = 0; c < args.ci; ++c) {
        const T* plane = block + c * args.in_channel * W;
        const T* plane_weights = weights + int64_t{c} * args.taps * CO;
        for (int32_t k = begin; k < end; ++k) {
          const T* p = plane + int64_t{clip.source[k]} * W;
          const T* weight = plane_weights + clip.tap[k] * CO;
          V in[BX];
          unroll<BX>(TENAS_EACH(b) { in[b] = L::load(p + b * step_in); });
          unroll<CO>(TENAS_EACH(o) {
            const V factor = L::set(weight[o]);
            unroll<BX>(TENAS_EACH(b) { sum[o][b] += factor * in[b]; });
          });
        }
      }
      T* target = out + (pixel / args.cols * args.out_row + pixel % args.cols) * W;
      unroll<CO>(TENAS_EACH(o) {
        unroll<BX>(TENAS_EACH(b) { L::store(target + o * args.out_channel * W + b * step_out, sum[o][b]); });
      });
    }
  }
}

template <class L, int CO, int... BX>
constexpr auto clipped_table(std::integer_sequence<int, BX...>) {
  using Kernel = void (*)(const ClippedArgs<typename L::T>&, const ClippedTaps&, const typename L::T*,
                          int32_t, int32_t, int32_t);
  return std::array<Kernel, sizeof...(BX)>{&clipped_tiles<L, CO, BX + 1>...};
}

template <class L, int CO>
void clipped_channels(const ClippedArgs<typename L::T>& args, const ClippedTaps& clip,
                      const typename L::T* weights, int32_t channel, int32_t blocks) {
  constexpr int largest = largest_pixel_tile<L, CO>();
  static constexpr auto kernels = clipped_table<L, CO>(std::make_integer_sequence<int, largest>{});
  const int32_t tiles = (blocks + largest - 1) / largest;
  const int32_t width = blocks / tiles, wider = blocks % tiles;
  if (wider > 0) kernels[width](args, clip, weights, channel, 0, wider);
  kernels[width - 1](args, clip, weights, channel, wider * (width + 1), tiles - wider);
}

/// All blocks of one group.
template <class L>
void convolve_clipped(const ClippedArgs<typename L::T>& args, const ClippedTaps& clip,
                      const std::vector<int32_t>& tiles, int32_t blocks) {
  int32_t channel = 0;
  for (const int32_t tile : tiles) {
    const typename L::T* weights = args.weights + int64_t{channel} * args.ci * args.taps;
    switch (tile) {
      case 1:
        clipped_channels<L, 1>(args, clip, weights, channel, blocks);
        break;
      case 2:
        clipped_channels<L, 2>(args, clip, weights, channel, blocks);
        break;
      case 3:
        clipped_channels<L, 3>(args, clip, weights, channel, blocks);
        break;
      default:
        clipped_channels<L, 4>(args, clip, weights, channel, blocks);
        break;
    }
    channel += tile;
  }
}

}  // namespace tenas::engine::TENAS_ISA
