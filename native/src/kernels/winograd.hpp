// 3x3 convolutions with stride 1 and padding 1 by Winograd's algorithm F(MxM, 3x3) (Lavin and Gray 2016), M 2
// or 4: 16 products where the direct convolution has 36 for two by two outputs, 36 where it has 144 for four
// by four. Its roundings differ from those of the direct convolution.
#pragma once

#include <algorithm>
#include <cstring>

#include "kernels/lane_sums.hpp"
#include "kernels/winograd_transforms.hpp"

namespace tenas::engine::TENAS_ISA {

/// Outputs of a tile are M by M, its transformed values (M + 2) by (M + 2).
template <int M>
constexpr int32_t kWinogradValues = (M + 2) * (M + 2);
/// Channels of a register tile; numbers of channels are multiples of it.
constexpr int32_t kWinogradChannels = 4;
/// Tile of the weights' gradient: the larger one only where enough tiles share the cost of its sums.
constexpr int32_t gradient_tile(int32_t rows, int32_t cols) {
  constexpr int32_t kFewestTiles = 16;
  return rows % 4 == 0 && cols % 4 == 0 && rows * cols / 16 >= kFewestTiles ? 4 : 2;
}

/// Calls fn with a tile's size, 2 or 4, as a compile-time constant.
template <class Fn>
void with_tile(int32_t tile, const Fn& fn) {
  if (tile == 4) {
    fn(std::integral_constant<int, 4>{});
  } else {
    fn(std::integral_constant<int, 2>{});
  }
}

/// Tiles that are transformed at a time: their values should fit the second-level cache.
template <class L, int M>
constexpr int32_t winograd_tiles(int32_t sources, int32_t targets) {
  constexpr int64_t kBytes = 640 << 10, kMost = 16, kFewest = 4;
  const int64_t bytes = int64_t{kWinogradValues<M>} * (sources + targets) * sizeof(typename L::V);
  int64_t tiles = kMost;
  while (tiles > kFewest && tiles * bytes > kBytes) tiles /= 2;
  return tiles;
}

/// Vectors from one value of a transformed tile to the next, for `tiles` at a time. The odd one keeps values
/// of a tile out of each other's place in the cache.
constexpr int64_t winograd_stride(int32_t channels, int32_t tiles) {
  return int64_t{channels} * tiles + 1;
}

/// Tiles of a register tile of products.
template <class L>
constexpr int32_t winograd_register_tiles() {
  return L::registers >= 32 ? 4 : 2;
}

/// Some tiles in a row, of a map whose height and width are multiples of M.
template <int M>
struct TileRange {
  int32_t cols = 0;   // tiles of one row of the map
  int32_t first = 0;  // tile, row-major
  int32_t count = 0;
  int32_t whole = 0;  // count, rounded up to whole register tiles
  int32_t most = 0;   // largest count: tiles of one channel lie so far apart
  /// Row and column of the first output of tile `index` of the range.
  int32_t row(int32_t index) const { return M * ((first + index) / cols); }
  int32_t col(int32_t index) const { return M * ((first + index) % cols); }
};

/// Calls fn(TileRange) for all tiles of a map, `most` at a time.
template <class L, int M, class Fn>
void each_tile_range(int32_t rows, int32_t cols, int32_t most, const Fn& fn) {
  constexpr int32_t PX = winograd_register_tiles<L>();
  const int32_t tiles = (rows / M) * (cols / M);
  for (int32_t first = 0; first < tiles; first += most) {
    const int32_t count = std::min(most, tiles - first);
    fn(TileRange<M>{cols / M, first, count, (count + PX - 1) / PX * PX, most});
  }
}

/// Stores a row of the values of tile `index` of a channel.
template <class L, int M>
TENAS_INLINE void store_values(const typename L::V (&values)[M + 2], int32_t y, const TileRange<M>& tiles,
                               int64_t stride, int32_t channel, int32_t index, typename L::T* out) {
  typename L::T* p = out + (int64_t{channel} * tiles.most + index + y * (M + 2) * stride) * L::width;
  unroll<M + 2>(TENAS_EACH(x) { L::store(p + x * stride * L::width, values[x]); });
}

/// Sets the values of the tiles between the range's end and the end of its last register tile to zero.
template <class L, int M>
void clear_rest(const TileRange<M>& tiles, int64_t stride, int32_t channel, typename L::T* out) {
  for (int32_t index = tiles.count; index < tiles.whole; ++index) {
    const typename L::V none[M + 2] = {};
    for (int32_t y = 0; y < M + 2; ++y) store_values<L, M>(none, y, tiles, stride, channel, index, out);
  }
}

/// B^T d B of every tile: (M + 2) by (M + 2) inputs from one pixel before its outputs.
template <class L, int M>
void transform_inputs(const View<const typename L::T>& in, int32_t channels, const TileRange<M>& tiles,
                      typename L::T* out) {
  using V = typename L::V;
  constexpr int S = M + 2;
  const int64_t stride = winograd_stride(channels, tiles.most);
  for (int32_t channel = 0; channel < channels; ++channel) {
    for (int32_t index = 0; index < tiles.count; ++index) {
      const typename L::T* p =
          in.p + (channel * in.channel + (tiles.row(index) - 1) * in.row + (tiles.col(index) - 1)) * L::width;
      V across[S][S];
      unroll<S>(TENAS_EACH(y) {
        V d[S];
        unroll<S>(TENAS_EACH(x) { d[x] = L::load(p + (y * in.row + x) * L::width); });
        transform_input(d, across[y]);
      });
      V values[S][S];
      unroll<S>(TENAS_EACH(x) {
        V d[S], t[S];
        unroll<S>(TENAS_EACH(y) { d[y] = across[y][x]; });
        transform_input(d, t);
        unroll<S>(TENAS_EACH(y) { values[y][x] = t[y]; });
      });
      unroll<S>(TENAS_EACH(y) { store_values<L, M>(values[y], y, tiles, stride, channel, index, out); });
    }
    clear_rest<L, M>(tiles, stride, channel, out);
  }
}

/// A g A^T of every tile of the output gradient.
template <class L, int M>
void transform_gradients(const View<const typename L::T>& gradient, int32_t channels,
                         const TileRange<M>& tiles, typename L::T* out) {
  using V = typename L::V;
  constexpr int S = M + 2;
  const int64_t stride = winograd_stride(channels, tiles.most);
  for (int32_t channel = 0; channel < channels; ++channel) {
    for (int32_t index = 0; index < tiles.count; ++index) {
      const typename L::T* p =
          gradient.p +
          (channel * gradient.channel + tiles.row(index) * gradient.row + tiles.col(index)) * L::width;
      V down[M][S];
      unroll<M>(TENAS_EACH(x) {
        V g[M];
        unroll<M>(TENAS_EACH(y) { g[y] = L::load(p + (y * gradient.row + x) * L::width); });
        transform_gradient(g, down[x]);
      });
      unroll<S>(TENAS_EACH(y) {
        V g[M], values[S];
        unroll<M>(TENAS_EACH(x) { g[x] = down[x][y]; });
        transform_gradient(g, values);
        store_values<L, M>(values, y, tiles, stride, channel, index, out);
      });
    }
  }
}

/// One value of all tiles: out[target] = sum over sources of weight * in[source]. Weights are
/// [targets / 4][sources][4].
template <class L, int M>
void multiply_values(const typename L::T* weights, int32_t sources, int32_t targets,
                     const TileRange<M>& tiles, const typename L::T* in, typename L::T* out) {
  using T = typename L::T;
  using V = typename L::V;
  constexpr int CO = kWinogradChannels, PX = winograd_register_tiles<L>(), W = L::width;
  for (int32_t target = 0; target < targets; target += CO) {
    const T* own = weights + int64_t{target} * sources;
    for (int32_t tile = 0; tile < tiles.whole; tile += PX) {
      V sum[CO][PX] = {};
      const T* value = in + int64_t{tile} * W;
      const T* weight = own;
      for (int32_t source = 0; source < sources; ++source) {
        V of[PX];
        unroll<PX>(TENAS_EACH(x) { of[x] = L::load(value + x * W); });
        unroll<CO>(TENAS_EACH(o) {
          const V factor = L::set(weight[o]);
          unroll<PX>(TENAS_EACH(x) { sum[o][x] += factor * of[x]; });
        });
        value += tiles.most * W;
        weight += CO;
      }
      unroll<CO>(TENAS_EACH(o) {
        T* p = out + (int64_t{target + o} * tiles.most + tile) * W;
        unroll<PX>(TENAS_EACH(x) { L::store(p + x * W, sum[o][x]); });
      });
    }
  }
}

template <class T>
struct WinogradArgs {
  View<const T> in;  // has a halo of one pixel
  View<T> out;       // as large as `in`
  int32_t rows = 0, cols = 0, sources = 0, targets = 0;
  const T* weights = nullptr;  // transformed: [values][targets / 4][sources][4]
  const T* bias = nullptr;     // [targets] or null
  bool accumulate = false;
  View<const T> gate;    // as large as `out`, or null: where it is not positive, 0 comes out
  T* scratch = nullptr;  // winograd_scratch values
};

/// Scratch values of `convolve_winograd` and `winograd_weight_gradient`, beside the latter's sums.
template <class L, int M>
constexpr int64_t winograd_scratch(int32_t sources, int32_t targets) {
  const int32_t tiles = winograd_tiles<L, M>(sources, targets);
  return kWinogradValues<M> * (winograd_stride(sources, tiles) + winograd_stride(targets, tiles)) * L::width;
}

/// A^T m A of every tile, written to its M by M outputs.
template <class L, int M>
void write_outputs(const WinogradArgs<typename L::T>& args, const TileRange<M>& tiles,
                   const typename L::T* in) {
  using T = typename L::T;
  using V = typename L::V;
  constexpr int W = L::width, S = M + 2;
  const int64_t stride = winograd_stride(args.targets, tiles.most);
  for (int32_t channel = 0; channel < args.targets; ++channel) {
    const V bias = args.bias ? L::set(args.bias[channel]) : L::zero();
    for (int32_t index = 0; index < tiles.count; ++index) {
      const T* p = in + (int64_t{channel} * tiles.most + index) * W;
      V across[S][M];
      unroll<S>(TENAS_EACH(y) {
        V m[S];
        unroll<S>(TENAS_EACH(x) { m[x] = L::load(p + (y * S + x) * stride * W); });
        transform_output(m, across[y]);
      });
      const auto place = TENAS_EACH(view) {
        return view.p + (channel * view.channel + tiles.row(index) * view.row + tiles.col(index)) * W;
      };
      T* out = place(args.out);
      unroll<M>(TENAS_EACH(x) {
        V m[S], of[M];
        unroll<S>(TENAS_EACH(y) { m[y] = across[y][x]; });
        transform_output(m, of);
        unroll<M>(TENAS_EACH(y) {
          T* q = out + (y * args.out.row + x) * W;
          V value = of[y] + bias;
          if (args.gate.p != nullptr) {
            value = L::where_positive(L::load(place(args.gate) + (y * args.gate.row + x) * W), value);
          }
          L::store(q, args.accumulate ? value + L::load(q) : value);
        });
      });
    }
  }
}

/// out (+)= weights * in (+ bias) for one group and block.
template <class L, int M>
void convolve_winograd(const WinogradArgs<typename L::T>& args) {
  using T = typename L::T;
  const int32_t most = winograd_tiles<L, M>(args.sources, args.targets);
  const int64_t from = winograd_stride(args.sources, most) * L::width;
  const int64_t to = winograd_stride(args.targets, most) * L::width;
  T* const in = args.scratch;
  T* const out = in + kWinogradValues<M> * from;
  each_tile_range<L, M>(args.rows, args.cols, most, [&](const TileRange<M>& tiles) {
    transform_inputs<L, M>(args.in, args.sources, tiles, in);
    for (int32_t value = 0; value < kWinogradValues<M>; ++value) {
      multiply_values<L, M>(args.weights + int64_t{value} * args.sources * args.targets, args.sources,
                            args.targets, tiles, in + value * from, out + value * to);
    }
    write_outputs<L, M>(args, tiles, out);
  });
}

template <class T>
struct WinogradGradientArgs {
  View<const T> input;     // has a halo of one pixel
  View<const T> gradient;  // of the output; as large as the input
  int32_t rows = 0, cols = 0, ci = 0, co = 0;
  double* weights = nullptr;  // [co][ci][9]: where the gradient is added up
  T* scratch = nullptr;       // winograd_scratch values
  T* sums = nullptr;          // [values][co * ci]
};

/// Products of a register tile, whose sums over tiles and lanes leave together: CO output channels by CI
/// input channels.
template <class L>
struct ProductTile {
  static constexpr int CO = kWinogradChannels, CI = winograd_register_tiles<L>(), count = CO * CI;
  static_assert(count % L::width == 0);
};

/// Adds the products of all tiles and lanes of a range to the sums of one value:
/// [co / CO][ci / CI][CO][CI] as in ProductTile.
template <class L, int M>
void add_products(const typename L::T* gradients, const typename L::T* inputs, int32_t co, int32_t ci,
                  const TileRange<M>& tiles, typename L::T* sums) {
  using T = typename L::T;
  using V = typename L::V;
  using Tile = ProductTile<L>;
  constexpr int CO = Tile::CO, CI = Tile::CI, W = L::width;
  for (int32_t o = 0; o < co; o += CO) {
    for (int32_t i = 0; i < ci; i += CI) {
      V sum[Tile::count] = {};
      const T* gradient = gradients + int64_t{o} * tiles.most * W;
      const T* input = inputs + int64_t{i} * tiles.most * W;
      for (int32_t tile = 0; tile < tiles.count; ++tile) {
        V of[CI];
        unroll<CI>(TENAS_EACH(k) { of[k] = L::load(input + (k * tiles.most + tile) * W); });
        unroll<CO>(TENAS_EACH(j) {
          const V own = L::load(gradient + (j * tiles.most + tile) * W);
          unroll<CI>(TENAS_EACH(k) { add_product<L>(sum[j * CI + k], own, of[k]); });
        });
      }
      unroll<Tile::count / W>(TENAS_EACH(part) {
        V rows[W];
        unroll<W>(TENAS_EACH(k) { rows[k] = sum[part * W + k]; });
        const V added = lane_sums<L>(rows);
        L::store(sums, tiles.first == 0 ? added : L::load(sums) + added);
        sums += W;
      });
    }
  }
}

/// Adds the gradient of one group's weights, over the samples of one unit.
template <class L, int M>
void winograd_weight_gradient(const WinogradGradientArgs<typename L::T>& args) {
  using T = typename L::T;
  using V = typename L::V;
  using Tile = ProductTile<L>;
  constexpr int W = L::width, S = M + 2;
  const int32_t most = winograd_tiles<L, M>(args.ci, args.co);
  const int64_t of_inputs = winograd_stride(args.ci, most) * W;
  const int64_t of_gradients = winograd_stride(args.co, most) * W;
  T* const inputs = args.scratch;
  T* const gradients = inputs + kWinogradValues<M> * of_inputs;
  const int64_t weights = int64_t{args.co} * args.ci;
  each_tile_range<L, M>(args.rows, args.cols, most, [&](const TileRange<M>& tiles) {
    transform_inputs<L, M>(args.input, args.ci, tiles, inputs);
    transform_gradients<L, M>(args.gradient, args.co, tiles, gradients);
    for (int32_t value = 0; value < kWinogradValues<M>; ++value) {
      add_products<L, M>(gradients + value * of_gradients, inputs + value * of_inputs, args.co, args.ci,
                         tiles, args.sums + value * weights);
    }
  });
  // G^T s G of as many weights at a time as there are lanes.
  const int32_t across_inputs = args.ci / Tile::CI;
  for (int64_t first = 0; first < weights; first += W) {
    V down[S][3], taps[9];
    unroll<S>(TENAS_EACH(x) {
      V sums[S];
      unroll<S>(TENAS_EACH(y) { sums[y] = L::load(args.sums + (y * S + x) * weights + first); });
      transform_sums(sums, down[x]);
    });
    unroll<3>(TENAS_EACH(y) {
      V across[S], row[3];
      unroll<S>(TENAS_EACH(x) { across[x] = down[x][y]; });
      transform_sums(across, row);
      unroll<3>(TENAS_EACH(x) { taps[y * 3 + x] = row[x]; });
    });
    for (int lane = 0; lane < W; ++lane) {
      const int64_t tile = (first + lane) / Tile::count, within = (first + lane) % Tile::count;
      const int64_t o = tile / across_inputs * Tile::CO + within / Tile::CI;
      const int64_t i = tile % across_inputs * Tile::CI + within % Tile::CI;
      double* p = args.weights + (o * args.ci + i) * 9;
      for (int tap = 0; tap < 9; ++tap) p[tap] += static_cast<double>(taps[tap][lane]);
    }
  }
}

}  // namespace tenas::engine::TENAS_ISA
