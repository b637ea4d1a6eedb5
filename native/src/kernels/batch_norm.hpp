// Batch norm: statistics, and the two forms of its backward pass (constant statistics; through the
// statistics).
#pragma once

#include "kernels/lanes.hpp"

namespace tenas::engine::TENAS_ISA {

/// Sum over one channel of one block of (x - centre)^power, power 1 or 2, lane by lane in double; `centre` is
/// a T, or a V with a value per lane. Rows are summed in the lane type first, then widened.
template <class L, int Power, class Centre = typename L::T>
TENAS_HD typename L::D channel_moment(const typename L::T* p, int64_t row_stride, int32_t rows, int32_t cols,
                                      Centre centre) {
  using V = typename L::V;
  typename L::D total{};
  const V middle = spread<L>(centre);
  for (int32_t row = 0; row < rows; ++row) {
    const typename L::T* pixel = p + row * row_stride * L::width;
    V sum = L::zero(), other = L::zero();
    int32_t col = 0;
    for (; col + 1 < cols; col += 2) {
      const V a = L::load(pixel + col * L::width) - middle;
      const V b = L::load(pixel + (col + 1) * L::width) - middle;
      sum += Power == 1 ? a : times<L>(a, a);
      other += Power == 1 ? b : times<L>(b, b);
    }
    if (col < cols) {
      const V a = L::load(pixel + col * L::width) - middle;
      sum += Power == 1 ? a : times<L>(a, a);
    }
    total += L::widen(sum + other);
  }
  return total;
}

/// One channel plane of a batch norm's backward pass. `Mean` is T, or a vector with a mean per lane.
template <class T, class Mean = T>
struct BatchNormPlane {
  const T* gradient = nullptr;  // of the output
  int64_t gradient_row = 0;
  const T* input = nullptr;  // activation that was normalised
  int64_t input_row = 0;
  T* out = nullptr;  // gradient of the input, or null
  int64_t out_row = 0;
  int32_t rows = 0, cols = 0;
  Mean mean{};
  bool accumulate = false;
};

/// Sums over one plane, in double: the output gradient, and its product with (input - mean).
template <class L, class A, class Mean>
TENAS_HD void batch_norm_sums(const BatchNormPlane<typename L::T, Mean>& plane, typename L::D& sum,
                              typename L::D& product) {
  using V = typename L::V;
  const V mean = spread<L>(plane.mean);
  for (int32_t row = 0; row < plane.rows; ++row) {
    const typename L::T* g = plane.gradient + row * plane.gradient_row * L::width;
    const typename L::T* x = plane.input + row * plane.input_row * A::stride;
    V s0 = L::zero(), s1 = L::zero(), p0 = L::zero(), p1 = L::zero();
    int32_t col = 0;
    for (; col + 1 < plane.cols; col += 2) {
      const V g0 = L::load(g + col * L::width), g1 = L::load(g + (col + 1) * L::width);
      s0 += g0;
      s1 += g1;
      add_product<L>(p0, g0, A::load(x + col * A::stride) - mean);
      add_product<L>(p1, g1, A::load(x + (col + 1) * A::stride) - mean);
    }
    if (col < plane.cols) {
      const V g0 = L::load(g + col * L::width);
      s0 += g0;
      add_product<L>(p0, g0, A::load(x + col * A::stride) - mean);
    }
    sum += L::widen(s0 + s1);
    product += L::widen(p0 + p1);
  }
}

/// out (+)= slope * gradient + shift + tilt * (input - mean), the gradient of the input given the batch's
/// sums. With constant statistics shift and tilt are 0.
template <class L, class A, class Mean, class Slope>
TENAS_HD void batch_norm_apply(const BatchNormPlane<typename L::T, Mean>& plane, Slope slope,
                               typename L::V shift, typename L::V tilt) {
  using V = typename L::V;
  const V mean = spread<L>(plane.mean), factor = spread<L>(slope);
  for (int32_t row = 0; row < plane.rows; ++row) {
    const typename L::T* g = plane.gradient + row * plane.gradient_row * L::width;
    const typename L::T* x = plane.input + row * plane.input_row * A::stride;
    typename L::T* out = plane.out + row * plane.out_row * L::width;
    for (int32_t col = 0; col < plane.cols; ++col) {
      V value = shift;
      add_product<L>(value, tilt, A::load(x + col * A::stride) - mean);
      value = times<L>(factor, L::load(g + col * L::width)) + value;
      if (plane.accumulate) value += L::load(out + col * L::width);
      L::store(out + col * L::width, value);
    }
  }
}

/// Constant statistics: out (+)= slope * gradient in one pass with the sum of gradient * (input - mean).
template <class L, class A>
TENAS_HD typename L::D batch_norm_constant(const BatchNormPlane<typename L::T>& plane, typename L::T slope) {
  using V = typename L::V;
  const V mean = L::set(plane.mean), factor = L::set(slope);
  typename L::D product{};
  for (int32_t row = 0; row < plane.rows; ++row) {
    const typename L::T* g = plane.gradient + row * plane.gradient_row * L::width;
    const typename L::T* x = plane.input + row * plane.input_row * A::stride;
    V sum = L::zero();
    if (plane.out == nullptr) {
      for (int32_t col = 0; col < plane.cols; ++col) {
        sum += L::load(g + col * L::width) * (A::load(x + col * A::stride) - mean);
      }
    } else {
      typename L::T* out = plane.out + row * plane.out_row * L::width;
      for (int32_t col = 0; col < plane.cols; ++col) {
        const V gradient = L::load(g + col * L::width);
        sum += gradient * (A::load(x + col * A::stride) - mean);
        V value = factor * gradient;
        if (plane.accumulate) value += L::load(out + col * L::width);
        L::store(out + col * L::width, value);
      }
    }
    product += L::widen(sum);
  }
  return product;
}

}  // namespace tenas::engine::TENAS_ISA
