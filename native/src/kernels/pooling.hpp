// Average and max pooling of one channel plane, forward and backward. Windows are clipped at the borders.
#pragma once

#include <algorithm>

#include "graph/graph.hpp"
#include "kernels/lanes.hpp"

namespace tenas::engine::TENAS_ISA {

/// Rows (or columns) [begin, end) of the input that output position `out` reads.
struct Window {
  int32_t begin, end;
  TENAS_HD Window(int32_t out, int32_t stride, int32_t padding, int32_t kernel, int32_t size)
      : begin(std::max(out * stride - padding, 0)), end(std::min(out * stride - padding + kernel, size)) {}
  TENAS_HD int32_t size() const { return end - begin; }
};

template <class T, class Pool>
TENAS_INLINE T average_factor(const Pool& pool, const Window& rows, const Window& cols) {
  const int64_t count =
      pool.count_include_pad ? int64_t{pool.kh} * pool.kw : int64_t{rows.size()} * cols.size();
  return static_cast<T>(1.0 / static_cast<double>(count));
}

/// Row y of `out` = average of in. `line` is scratch for one input row. Column sums first, then row sums.
/// `Pool` is a Node, or what stands for one on a device.
template <class L, class Pool>
TENAS_INLINE void average_pool_row(const Pool& pool, const Shape& in_shape, int32_t y,
                                   const typename L::T* in, int64_t in_row, typename L::T* out,
                                   int64_t out_row, typename L::T* line) {
  using V = typename L::V;
  constexpr int W = L::width;
  const Window rows(y, pool.sh, pool.ph, pool.kh, in_shape.h);
  for (int32_t x = 0; x < in_shape.w; ++x) {
    V sum = L::zero();
    for (int32_t iy = rows.begin; iy < rows.end; ++iy) sum += L::load(in + (iy * in_row + x) * W);
    L::store(line + x * W, sum);
  }
  for (int32_t x = 0; x < pool.shape.w; ++x) {
    const Window cols(x, pool.sw, pool.pw, pool.kw, in_shape.w);
    V sum = L::zero();
    for (int32_t ix = cols.begin; ix < cols.end; ++ix) sum += L::load(line + ix * W);
    L::store(out + (y * out_row + x) * W, sum * L::set(average_factor<typename L::T>(pool, rows, cols)));
  }
}

/// out = average of in. `line` is scratch for one input row.
template <class L>
void average_pool(const Node& pool, const Shape& in_shape, const typename L::T* in, int64_t in_row,
                  typename L::T* out, int64_t out_row, typename L::T* line) {
  for (int32_t y = 0; y < pool.shape.h; ++y)
    average_pool_row<L>(pool, in_shape, y, in, in_row, out, out_row, line);
}

/// Contributions of row y of the output gradient to every input column: `lines` [output row][input column].
template <class L, class Pool>
TENAS_INLINE void average_pool_spread(const Pool& pool, const Shape& in_shape, int32_t y,
                                      const typename L::T* gradient, int64_t gradient_row,
                                      typename L::T factor, typename L::T* lines) {
  using V = typename L::V;
  constexpr int W = L::width;
  typename L::T* line = lines + int64_t{y} * in_shape.w * W;
  for (int32_t x = 0; x < in_shape.w; ++x) L::store(line + x * W, L::zero());
  const Window rows(y, pool.sh, pool.ph, pool.kh, in_shape.h);
  for (int32_t x = 0; x < pool.shape.w; ++x) {
    const Window cols(x, pool.sw, pool.pw, pool.kw, in_shape.w);
    const V share = L::load(gradient + (y * gradient_row + x) * W) *
                    L::set(factor * average_factor<typename L::T>(pool, rows, cols));
    for (int32_t ix = cols.begin; ix < cols.end; ++ix)
      L::store(line + ix * W, L::load(line + ix * W) + share);
  }
}

/// Row iy of in_gradient (+)= sum of the lines that reach it.
template <class L, class Pool>
TENAS_INLINE void average_pool_gather(const Pool& pool, const Shape& in_shape, int32_t iy,
                                      const typename L::T* lines, typename L::T* in_gradient, int64_t in_row,
                                      bool accumulate) {
  using V = typename L::V;
  constexpr int W = L::width;
  // Output rows y with y * stride - padding <= iy < y * stride - padding + kernel.
  const int32_t last = std::min((iy + pool.ph) / pool.sh, pool.shape.h - 1);
  const int32_t reached = iy + pool.ph - pool.kh + 1;
  const int32_t first = reached <= 0 ? 0 : (reached + pool.sh - 1) / pool.sh;
  for (int32_t x = 0; x < in_shape.w; ++x) {
    typename L::T* p = in_gradient + (iy * in_row + x) * W;
    V sum = accumulate ? L::load(p) : L::zero();
    for (int32_t y = first; y <= last; ++y) sum += L::load(lines + (int64_t{y} * in_shape.w + x) * W);
    L::store(p, sum);
  }
}

/// in_gradient (+)= factor * transposed average of the output gradient. `lines` is scratch for output rows x
/// input columns.
template <class L>
void average_pool_gradient(const Node& pool, const Shape& in_shape, const typename L::T* gradient,
                           int64_t gradient_row, typename L::T factor, typename L::T* in_gradient,
                           int64_t in_row, typename L::T* lines, bool accumulate) {
  for (int32_t y = 0; y < pool.shape.h; ++y)
    average_pool_spread<L>(pool, in_shape, y, gradient, gradient_row, factor, lines);
  for (int32_t iy = 0; iy < in_shape.h; ++iy)
    average_pool_gather<L>(pool, in_shape, iy, lines, in_gradient, in_row, accumulate);
}

/// out = maximum of each window.
template <class L, class Pool>
TENAS_HD void max_pool(const Pool& pool, const Shape& in_shape, const typename L::T* in, int64_t in_row,
                       typename L::T* out, int64_t out_row) {
  using V = typename L::V;
  constexpr int W = L::width;
  for (int32_t y = 0; y < pool.shape.h; ++y) {
    const Window rows(y, pool.sh, pool.ph, pool.kh, in_shape.h);
    for (int32_t x = 0; x < pool.shape.w; ++x) {
      const Window cols(x, pool.sw, pool.pw, pool.kw, in_shape.w);
      V best = L::load(in + (rows.begin * in_row + cols.begin) * W);
      for (int32_t iy = rows.begin; iy < rows.end; ++iy) {
        for (int32_t ix = cols.begin; ix < cols.end; ++ix) {
          const V value = L::load(in + (iy * in_row + ix) * W);
          best = exceeds<L>(value, best) ? value : best;
        }
      }
      L::store(out + (y * out_row + x) * W, best);
    }
  }
}

/// in_gradient += factor * output gradient at the first maximum of each window (row-major), lane by lane.
template <class L, class A, class Pool>
TENAS_HD void max_pool_gradient(const Pool& pool, const Shape& in_shape, const typename L::T* activation,
                                int64_t activation_row, const typename L::T* gradient, int64_t gradient_row,
                                typename L::T factor, typename L::T* in_gradient, int64_t in_row) {
  using V = typename L::V;
  using I = typename L::I;
  constexpr int W = L::width;
  for (int32_t y = 0; y < pool.shape.h; ++y) {
    const Window rows(y, pool.sh, pool.ph, pool.kh, in_shape.h);
    for (int32_t x = 0; x < pool.shape.w; ++x) {
      const Window cols(x, pool.sw, pool.pw, pool.kw, in_shape.w);
      V best = A::load(activation + (rows.begin * activation_row + cols.begin) * A::stride);
      I place{};
      typename L::Int index = 0;
      for (int32_t iy = rows.begin; iy < rows.end; ++iy) {
        for (int32_t ix = cols.begin; ix < cols.end; ++ix, ++index) {
          const V value = A::load(activation + (iy * activation_row + ix) * A::stride);
          const I larger = exceeds<L>(value, best);
          best = larger ? value : best;
          place = larger ? I{} + index : place;
        }
      }
      const V share = L::load(gradient + (y * gradient_row + x) * W) * L::set(factor);
      index = 0;
      for (int32_t iy = rows.begin; iy < rows.end; ++iy) {
        for (int32_t ix = cols.begin; ix < cols.end; ++ix, ++index) {
          typename L::T* p = in_gradient + (iy * in_row + ix) * W;
          const I here = place == I{} + index;
          L::store(p, L::load(p) + (here ? share : L::zero()));
        }
      }
    }
  }
}

}  // namespace tenas::engine::TENAS_ISA
