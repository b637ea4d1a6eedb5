// The transforms of Winograd's algorithm F(MxM, 3x3), M 2 or 4, of one tile: along one axis, and of kernels.
#pragma once

#include "kernels/lanes.hpp"

namespace tenas::engine::TENAS_ISA {

/// B^T d along one axis, step by step.
template <class V>
TENAS_INLINE void transform_input(const V (&d)[4], V (&t)[4]) {
  t[0] = d[0] - d[2];
  t[1] = d[1] + d[2];
  t[2] = d[2] - d[1];
  t[3] = d[1] - d[3];
}
template <class V>
TENAS_INLINE void transform_input(const V (&d)[6], V (&t)[6]) {
  const V a = d[4] - 4 * d[2], b = d[3] - 4 * d[1], c = d[4] - d[2], e = 2 * (d[3] - d[1]);
  t[0] = 4 * (d[0] - d[2]) + c;
  t[1] = a + b;
  t[2] = a - b;
  t[3] = c + e;
  t[4] = c - e;
  t[5] = 4 * (d[1] - d[3]) + (d[5] - d[3]);
}

/// A^T m along one axis.
template <class V>
TENAS_INLINE void transform_output(const V (&m)[4], V (&y)[2]) {
  y[0] = m[0] + m[1] + m[2];
  y[1] = m[1] - m[2] - m[3];
}
template <class V>
TENAS_INLINE void transform_output(const V (&m)[6], V (&y)[4]) {
  const V a = m[1] + m[2], b = m[1] - m[2], c = m[3] + m[4], d = m[3] - m[4];
  y[0] = m[0] + a + c;
  y[1] = b + 2 * d;
  y[2] = a + 4 * c;
  y[3] = b + 8 * d + m[5];
}

/// A g along one axis.
template <class V>
TENAS_INLINE void transform_gradient(const V (&g)[2], V (&t)[4]) {
  t[0] = g[0];
  t[1] = g[0] + g[1];
  t[2] = g[0] - g[1];
  t[3] = -g[1];
}
template <class V>
TENAS_INLINE void transform_gradient(const V (&g)[4], V (&t)[6]) {
  const V a = g[0] + g[2], b = g[1] + g[3], c = g[0] + 4 * g[2], d = 2 * g[1] + 8 * g[3];
  t[0] = g[0];
  t[1] = a + b;
  t[2] = a - b;
  t[3] = c + d;
  t[4] = c - d;
  t[5] = g[3];
}

/// G w along one axis.
template <class V>
TENAS_INLINE void transform_kernel(const V (&w)[3], V (&t)[4]) {
  const V outer = w[0] + w[2];
  t[0] = w[0];
  t[1] = (outer + w[1]) / 2;
  t[2] = (outer - w[1]) / 2;
  t[3] = w[2];
}
template <class V>
TENAS_INLINE void transform_kernel(const V (&w)[3], V (&t)[6]) {
  const V outer = w[0] + w[2], wide = w[0] / 24 + w[2] / 6, middle = w[1] / 12;
  t[0] = w[0] / 4;
  t[1] = (outer + w[1]) / -6;
  t[2] = (outer - w[1]) / -6;
  t[3] = wide + middle;
  t[4] = wide - middle;
  t[5] = w[2];
}

/// G^T s along one axis.
template <class V>
TENAS_INLINE void transform_sums(const V (&s)[4], V (&w)[3]) {
  const V plus = (s[1] + s[2]) / 2;
  w[0] = s[0] + plus;
  w[1] = (s[1] - s[2]) / 2;
  w[2] = plus + s[3];
}
template <class V>
TENAS_INLINE void transform_sums(const V (&s)[6], V (&w)[3]) {
  const V near = (s[1] + s[2]) / -6, far = s[3] + s[4];
  w[0] = s[0] / 4 + near + far / 24;
  w[1] = (s[2] - s[1]) / 6 + (s[3] - s[4]) / 12;
  w[2] = near + far / 6 + s[5];
}

/// G w G^T of kernels of three by three: the weights of their products.
template <int M, class V>
void transform_weights(const V (&w)[3][3], V (&out)[M + 2][M + 2]) {
  V across[3][M + 2];
  for (int y = 0; y < 3; ++y) transform_kernel(w[y], across[y]);
  for (int x = 0; x < M + 2; ++x) {
    const V column[3] = {across[0][x], across[1][x], across[2][x]};
    V of[M + 2];
    transform_kernel(column, of);
    for (int y = 0; y < M + 2; ++y) out[y][x] = of[y];
  }
}

}  // namespace tenas::engine::TENAS_ISA
