// Plain index arithmetic of sliding windows on [N][C][H][W] tensors.
#pragma once

#include <cstdint>

#include "graph/graph.hpp"

namespace tenas::reference {

/// Offset of element (n, c, y, x) of a tensor whose samples have shape `s`.
inline int64_t index(const Shape& s, int64_t n, int64_t c, int64_t y, int64_t x) {
  return ((n * s.c + c) * s.h + y) * s.w + x;
}

/// Calls fn(iy, ix, ky, kx) for every tap of output position (y, x) that lies inside an input of shape `in`.
template <class Fn>
void each_tap(const Node& node, const Shape& in, int32_t y, int32_t x, const Fn& fn) {
  for (int32_t ky = 0; ky < node.kh; ++ky) {
    for (int32_t kx = 0; kx < node.kw; ++kx) {
      const int32_t iy = y * node.sh - node.ph + ky * node.dh;
      const int32_t ix = x * node.sw - node.pw + kx * node.dw;
      if (iy >= 0 && iy < in.h && ix >= 0 && ix < in.w) fn(iy, ix, ky, kx);
    }
  }
}

/// Divisor of an average pool at output position (y, x).
inline double pool_divisor(const Node& node, const Shape& in, int32_t y, int32_t x) {
  if (node.count_include_pad) return static_cast<double>(node.kh) * node.kw;
  double inside = 0;
  each_tap(node, in, y, x, [&](int32_t, int32_t, int32_t, int32_t) { inside += 1; });
  return inside;
}

/// Calls fn(n, c, y, x) for every element.
template <class Fn>
void each_element(int32_t batch, const Shape& s, const Fn& fn) {
  for (int32_t n = 0; n < batch; ++n) {
    for (int32_t c = 0; c < s.c; ++c) {
      for (int32_t y = 0; y < s.h; ++y) {
        for (int32_t x = 0; x < s.w; ++x) fn(n, c, y, x);
      }
    }
  }
}

}  // namespace tenas::reference
