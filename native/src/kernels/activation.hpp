// Activation functions other than ReLU and their derivatives, one channel plane at a time.
#pragma once

#include "graph/graph.hpp"
#include "kernels/lanes.hpp"

namespace tenas::engine::TENAS_ISA {

/// Constants of exp: x = n ln 2 + r with |r| <= ln 2 / 2, exp(x) = 2^n exp(r), the latter by its series.
template <class T>
struct ExpConstants;
template <>
struct ExpConstants<float> {
  static constexpr float kRound = 0x1.8p23f;  // adding it rounds to a whole number, kept in the low bits
  static constexpr float kLn2High = 0x1.63p-1f, kLn2Low = -0x1.bd0106p-13f;
  static constexpr float kLargest = 87;  // exp(-x) is a normal number up to here
  static constexpr int kMantissa = 23, kBias = 127, kTerms = 7;
};
template <>
struct ExpConstants<double> {
  static constexpr double kRound = 0x1.8p52;
  static constexpr double kLn2High = 0x1.62e42feep-1, kLn2Low = 0x1.a39ef35793c76p-33;
  static constexpr double kLargest = 708;
  static constexpr int kMantissa = 52, kBias = 1023, kTerms = 13;
};

/// exp(-x) for x >= 0; 0 where that is no normal number.
template <class L>
TENAS_INLINE typename L::V exp_of_negative(typename L::V x) {
  using T = typename L::T;
  using V = typename L::V;
  using C = ExpConstants<T>;
  const V bounded = x > L::set(C::kLargest) ? L::set(C::kLargest) : x;
  const V shifted = L::set(C::kRound) - bounded * L::set(static_cast<T>(1.4426950408889634));
  const V n = shifted - L::set(C::kRound);
  const V r = (-bounded - n * L::set(C::kLn2High)) - n * L::set(C::kLn2Low);
  V sum = L::set(T{1});
  unroll<C::kTerms>(TENAS_EACH(k) { sum = L::set(T{1}) + sum * r * L::set(T{1} / (C::kTerms - k)); });
  const V power = L::from_bits((L::bits(shifted) + C::kBias) << C::kMantissa);
  return x > L::set(C::kLargest) ? L::zero() : sum * power;
}

/// 1 / (1 + exp(-x)).
template <class L>
TENAS_INLINE typename L::V sigmoid(typename L::V x) {
  using V = typename L::V;
  const V one = L::set(typename L::T{1});
  const V small = exp_of_negative<L>(x < L::zero() ? -x : x);
  return (x < L::zero() ? small : one) / (one + small);
}

/// min(max(x, low), high).
template <class L>
TENAS_INLINE typename L::V clamp(typename L::V x, typename L::T low, typename L::T high) {
  const typename L::V least = L::set(low), most = L::set(high);
  x = x < least ? least : x;
  return x > most ? most : x;
}

/// `F` at x.
template <class L, Activation F>
TENAS_INLINE typename L::V activation_value(typename L::V x) {
  using T = typename L::T;
  if constexpr (F == Activation::kRelu6) {
    return clamp<L>(x, T{0}, T{6});
  } else if constexpr (F == Activation::kHardSigmoid) {
    return clamp<L>(x + L::set(T{3}), T{0}, T{6}) * L::set(T{1} / 6);
  } else if constexpr (F == Activation::kHardSwish) {
    return x * activation_value<L, Activation::kHardSigmoid>(x);
  } else if constexpr (F == Activation::kSigmoid) {
    return sigmoid<L>(x);
  } else {
    return x * sigmoid<L>(x);
  }
}

/// The derivative of `F` at x; where it bends as reference/activation.hpp has it.
template <class L, Activation F>
TENAS_INLINE typename L::V activation_slope(typename L::V x) {
  using T = typename L::T;
  using V = typename L::V;
  const V one = L::set(T{1});
  const auto inside = [](V value, T low, T high, V slope) {
    const V above = value > L::set(low) ? slope : L::zero();
    return value < L::set(high) ? above : L::zero();
  };
  if constexpr (F == Activation::kRelu6) {
    return inside(x, T{0}, T{6}, one);
  } else if constexpr (F == Activation::kHardSigmoid) {
    return inside(x, T{-3}, T{3}, L::set(T{1} / 6));
  } else if constexpr (F == Activation::kHardSwish) {
    const V middle = x * L::set(T{1} / 3) + L::set(T{0.5});
    const V above = x < L::set(T{3}) ? middle : one;
    return x > L::set(T{-3}) ? above : L::zero();
  } else {
    const V value = sigmoid<L>(x), rest = sigmoid<L>(-x);  // 1 - value would cancel
    if constexpr (F == Activation::kSigmoid) return value * rest;
    return value * (one + x * rest);
  }
}

/// The second derivative of `F` at x; 0 where it bends.
template <class L, Activation F>
TENAS_INLINE typename L::V activation_bend(typename L::V x) {
  using T = typename L::T;
  using V = typename L::V;
  if constexpr (F == Activation::kHardSwish) {
    const V above = x > L::set(T{-3}) ? L::set(T{1} / 3) : L::zero();
    return x < L::set(T{3}) ? above : L::zero();
  } else if constexpr (F == Activation::kSigmoid || F == Activation::kSwish) {
    const V value = sigmoid<L>(x), rest = sigmoid<L>(-x);
    if constexpr (F == Activation::kSigmoid) return value * rest * (rest - value);
    return value * rest * (L::set(T{2}) + x * (rest - value));
  } else {
    return L::zero();
  }
}

/// `F`, and its derivative, of values with derivatives of their own under dual lanes.
template <class L, Activation F>
TENAS_INLINE typename L::V activated(typename L::V x) {
  if constexpr (kDual<L>) {
    return L::pairs(activation_value<L, F>(x), activation_slope<L, F>(L::values(x)) * x);
  } else {
    return activation_value<L, F>(x);
  }
}
template <class L, Activation F>
TENAS_INLINE typename L::V activated_slope(typename L::V x) {
  if constexpr (kDual<L>) {
    return L::pairs(activation_slope<L, F>(x), activation_bend<L, F>(L::values(x)) * x);
  } else {
    return activation_slope<L, F>(x);
  }
}

/// Calls fn with the function as a constant.
template <class Fn>
TENAS_HD void with_function(Activation function, const Fn& fn) {
  switch (function) {
    case Activation::kRelu6:
      return fn(std::integral_constant<Activation, Activation::kRelu6>{});
    case Activation::kHardSwish:
      return fn(std::integral_constant<Activation, Activation::kHardSwish>{});
    case Activation::kHardSigmoid:
      return fn(std::integral_constant<Activation, Activation::kHardSigmoid>{});
    case Activation::kSigmoid:
      return fn(std::integral_constant<Activation, Activation::kSigmoid>{});
    case Activation::kSwish:
      return fn(std::integral_constant<Activation, Activation::kSwish>{});
  }
}

/// out = function(in).
template <class L>
TENAS_HD void activate(Activation function, const typename L::T* in, int64_t in_row, typename L::T* out,
                       int64_t out_row, int32_t rows, int32_t cols) {
  constexpr int W = L::width;
  with_function(function, [&](auto f) {
    for (int32_t row = 0; row < rows; ++row) {
      for (int32_t col = 0; col < cols; ++col) {
        L::store(out + (row * out_row + col) * W, activated<L, f()>(L::load(in + (row * in_row + col) * W)));
      }
    }
  });
}

/// out (+)= factor * gradient * derivative at the input.
template <class L, class A>
TENAS_HD void activation_gradient(Activation function, const typename L::T* gradient, int64_t gradient_row,
                                  typename L::T factor, const typename L::T* input, int64_t input_row,
                                  typename L::T* out, int64_t out_row, int32_t rows, int32_t cols,
                                  bool accumulate) {
  using V = typename L::V;
  constexpr int W = L::width;
  const V scale = L::set(factor);
  with_function(function, [&](auto f) {
    for (int32_t row = 0; row < rows; ++row) {
      for (int32_t col = 0; col < cols; ++col) {
        V value = times<L>(scale * L::load(gradient + (row * gradient_row + col) * W),
                           activated_slope<L, f()>(A::load(input + (row * input_row + col) * A::stride)));
        if (accumulate) value += L::load(out + (row * out_row + col) * W);
        L::store(out + (row * out_row + col) * W, value);
      }
    }
  });
}

}  // namespace tenas::engine::TENAS_ISA
