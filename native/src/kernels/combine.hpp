// Weighted sums of tensors with batch norm applied on the fly, optionally rectified: mixes, stored batch
// norms, ReLUs.
#pragma once

#include "kernels/lanes.hpp"

namespace tenas::engine::TENAS_ISA {

/// One summand of a channel plane: factor * (source - mean). `Factor` is T, or a vector with values per lane.
template <class T, class Factor = T>
struct CombineTerm {
  const T* source = nullptr;
  int64_t row = 0;
  Factor factor{}, mean{};
};

/// out = constant + sum of terms over one channel plane of one block; written to `out` and, rectified, to
/// `rectified` (either may be null). Differences come first so that a constant plane minus its mean is
/// exactly zero. `terms[k]` is a CombineTerm, read from memory or made on the fly; the constant may be one
/// per lane, too.
template <class L, class Terms, class Constant>
TENAS_HD void combine(const Terms& terms, int32_t count, Constant constant, int32_t rows, int32_t cols,
                      typename L::T* out, int64_t out_row, typename L::T* rectified, int64_t rectified_row) {
  using T = typename L::T;
  using V = typename L::V;
  using Factor = std::remove_cvref_t<decltype(terms[0].factor)>;
  constexpr int W = L::width;
  typename L::T* sums = out != nullptr ? out : rectified;
  const int64_t sums_row = out != nullptr ? out_row : rectified_row;
  const V base = spread<L>(constant);
  for (int32_t row = 0; row < rows; ++row) {
    T* sum = sums + row * sums_row * W;
    if (count == 0) {
      for (int32_t col = 0; col < cols; ++col) L::store(sum + col * W, base);
    }
    int32_t k = 0;
    for (bool first = true; k < count; first = false) {
      const T* a = terms[k].source + row * terms[k].row * W;
      const V fa = spread<L>(terms[k].factor), ma = spread<L>(terms[k].mean);
      if (k + 1 < count) {
        const T* b = terms[k + 1].source + row * terms[k + 1].row * W;
        const V fb = spread<L>(terms[k + 1].factor), mb = spread<L>(terms[k + 1].mean);
        for (int32_t col = 0; col < cols; ++col) {
          V value = first ? base : L::load(sum + col * W);
          add_scaled<L, Factor>(value, fa, L::load(a + col * W) - ma);
          add_scaled<L, Factor>(value, fb, L::load(b + col * W) - mb);
          L::store(sum + col * W, value);
        }
        k += 2;
      } else {
        for (int32_t col = 0; col < cols; ++col) {
          V value = first ? base : L::load(sum + col * W);
          add_scaled<L, Factor>(value, fa, L::load(a + col * W) - ma);
          L::store(sum + col * W, value);
        }
        k += 1;
      }
    }
    if (rectified != nullptr) {
      T* positive = rectified + row * rectified_row * W;
      for (int32_t col = 0; col < cols; ++col)
        L::store(positive + col * W, L::rectify(L::load(sum + col * W)));
    }
  }
}

/// out (+)= factor * in over one channel plane. The factor is one for all lanes (T), or one per lane (V).
template <class L, class Factor>
TENAS_HD void copy_plane(const typename L::T* in, int64_t in_row, Factor factor, typename L::T* out,
                         int64_t out_row, int32_t rows, int32_t cols, bool accumulate) {
  using V = typename L::V;
  constexpr int W = L::width;
  const V scale = spread<L>(factor);
  for (int32_t row = 0; row < rows; ++row) {
    for (int32_t col = 0; col < cols; ++col) {
      V value = scaled<L, Factor>(scale, L::load(in + (row * in_row + col) * W));
      if (accumulate) value += L::load(out + (row * out_row + col) * W);
      L::store(out + (row * out_row + col) * W, value);
    }
  }
}

/// plane *= factors, vector by vector over one channel plane. The factors' rows follow one another.
template <class L>
TENAS_HD void drop_values(const typename L::T* factors, typename L::T* plane, int64_t plane_row, int32_t rows,
                          int32_t cols) {
  for (int32_t row = 0; row < rows; ++row) {
    for (int32_t col = 0; col < cols; ++col) {
      typename L::T* p = plane + (row * plane_row + col) * L::width;
      L::store(p, L::load(p) * L::load(factors + (int64_t{row} * cols + col) * L::width));
    }
  }
}

/// Dual lanes: out = in, to whose derivatives its values, less `shift`, are added.
template <class L>
void carry_plane(const typename L::T* in, int64_t in_row, typename L::T shift, typename L::T* out,
                 int64_t out_row, int32_t rows, int32_t cols) {
  using V = typename L::V;
  constexpr int W = L::width;
  const V less = L::carried(L::set(shift));
  for (int32_t row = 0; row < rows; ++row) {
    for (int32_t col = 0; col < cols; ++col) {
      const V value = L::load(in + (row * in_row + col) * W);
      L::store(out + (row * out_row + col) * W, value + (L::carried(value) - less));
    }
  }
}

/// Sets one channel plane to zero.
template <class L>
TENAS_HD void zero_plane(typename L::T* out, int64_t out_row, int32_t rows, int32_t cols) {
  for (int32_t row = 0; row < rows; ++row) {
    for (int32_t col = 0; col < cols; ++col) L::store(out + (row * out_row + col) * L::width, L::zero());
  }
}

/// out (+)= factor * gradient where the ReLU's output is positive; ReLU'(0) = 0.
template <class L, class A>
TENAS_HD void rectify_gradient(const typename L::T* gradient, int64_t gradient_row, typename L::T factor,
                               const typename L::T* activation, int64_t activation_row, typename L::T* out,
                               int64_t out_row, int32_t rows, int32_t cols, bool accumulate) {
  using V = typename L::V;
  constexpr int W = L::width;
  const V scale = L::set(factor);
  for (int32_t row = 0; row < rows; ++row) {
    for (int32_t col = 0; col < cols; ++col) {
      V value = L::where_positive(A::load(activation + (row * activation_row + col) * A::stride),
                                  scale * L::load(gradient + (row * gradient_row + col) * W));
      if (accumulate) value += L::load(out + (row * out_row + col) * W);
      L::store(out + (row * out_row + col) * W, value);
    }
  }
}

}  // namespace tenas::engine::TENAS_ISA
