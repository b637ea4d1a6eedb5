// The lane type: one vector holds one pixel of `width` independent problems (samples, or output directions).
// Every kernel is written once over it. Compiled once per instruction set, in a namespace of its own
// (TENAS_ISA). The CUDA backend runs the bodies marked TENAS_HD too: its lane type holds one lane, its
// `width` is a warp.
#pragma once

#include <cstdint>
#include <cstring>
#include <type_traits>
#include <utility>

#include "base/host_device.hpp"

#ifndef TENAS_ISA
#error "define TENAS_ISA to the namespace of this instruction set before including engine kernels"
#endif

#define TENAS_INLINE TENAS_HD inline __attribute__((always_inline))

namespace tenas::engine::TENAS_ISA {

/// Calls fn(0), fn(1), ..., fn(N - 1) with compile-time indices, so that small arrays of vectors stay in
/// registers.
template <int N, class Fn>
TENAS_INLINE void unroll(const Fn& fn) {
  [&]<int... I>(std::integer_sequence<int, I...>) __attribute__((always_inline)) {
    (fn(std::integral_constant<int, I>{}), ...);
  }
  (std::make_integer_sequence<int, N>{});
}
#define TENAS_EACH(name) [&](auto name) __attribute__((always_inline))

template <int Bytes>
struct BitsOf;
template <>
struct BitsOf<4> {
  using Int = int32_t;
};
template <>
struct BitsOf<8> {
  using Int = int64_t;
};

#ifndef __CUDACC__  // device code has no vector types
/// `Width` lanes of scalar `Scalar`; `Registers` is how many vector registers the instruction set has. From
/// 16 lanes on, `Narrow` is half as wide, for work that does not fill a vector.
template <class Scalar, int Width, int Registers>
struct Lanes {
  using Narrow = Lanes<Scalar, (Width >= 16 ? Width / 2 : Width), Registers>;
  using Plain = Lanes;
  using T = Scalar;
  using Int = typename BitsOf<sizeof(Scalar)>::Int;
  typedef Scalar V __attribute__((vector_size(sizeof(Scalar) * Width)));
  typedef Int I __attribute__((vector_size(sizeof(Scalar) * Width)));
  typedef double D __attribute__((vector_size(sizeof(double) * Width)));
  static constexpr int width = Width;
  static constexpr int registers = Registers;

  static TENAS_INLINE V load(const T* p) {
    V v;
    std::memcpy(&v, __builtin_assume_aligned(p, sizeof(V)), sizeof(V));
    return v;
  }
  static TENAS_INLINE void store(T* p, V v) {
    std::memcpy(__builtin_assume_aligned(p, sizeof(V)), &v, sizeof(V));
  }
  static TENAS_INLINE V zero() { return V{}; }
  static TENAS_INLINE V set(T s) { return V{} + s; }
  static TENAS_INLINE V rectify(V v) { return v > V{} ? v : V{}; }
  /// `v` where `gate` > 0, else 0.
  static TENAS_INLINE V where_positive(V gate, V v) { return gate > V{} ? v : V{}; }
  /// All bits set where `v` > 0.
  static TENAS_INLINE I positive(V v) { return v > V{}; }
  static TENAS_INLINE D widen(V v) { return __builtin_convertvector(v, D); }
  static TENAS_INLINE V narrow(D d) { return __builtin_convertvector(d, V); }
  /// The bits of each lane, and back.
  static TENAS_INLINE I bits(V v) { return reinterpret_cast<I>(v); }
  static TENAS_INLINE V from_bits(I i) { return reinterpret_cast<V>(i); }
};
#endif

/// Whether lanes are pairs of a value and its derivative (dual_lanes.hpp). All that follows is plain
/// arithmetic for other lanes.
template <class L>
constexpr bool kDual = false;

/// A number without a derivative.
template <class L>
TENAS_INLINE typename L::V number(typename L::T s) {
  if constexpr (kDual<L>) {
    return L::number(s);
  } else {
    return L::set(s);
  }
}

/// sum += a * b.
template <class L>
TENAS_INLINE void add_product(typename L::V& sum, typename L::V a, typename L::V b) {
  if constexpr (kDual<L>) {
    sum += a * L::values(b);
    sum += L::carried(a) * b;
  } else {
    sum += a * b;
  }
}

/// a * b.
template <class L>
TENAS_INLINE typename L::V times(typename L::V a, typename L::V b) {
  if constexpr (kDual<L>) {
    typename L::V product = a * L::values(b);
    product += L::carried(a) * b;
    return product;
  } else {
    return a * b;
  }
}

/// Whether a > b, lane by lane.
template <class L>
TENAS_INLINE auto exceeds(typename L::V a, typename L::V b) {
  if constexpr (kDual<L>) {
    return L::values(a) > L::values(b);
  } else {
    return a > b;
  }
}

/// A factor as a vector: one for all lanes (T), or one per lane (V).
template <class L, class Factor>
TENAS_INLINE typename L::V spread(Factor factor) {
  if constexpr (std::is_same_v<Factor, typename L::V>) {
    return factor;
  } else {
    return L::set(factor);
  }
}

/// factor * value, where `Factor` tells what was spread: a T multiplies derivatives as it does values.
template <class L, class Factor>
TENAS_INLINE typename L::V scaled(typename L::V factor, typename L::V value) {
  if constexpr (std::is_same_v<Factor, typename L::T>) {
    return factor * value;
  } else {
    return times<L>(factor, value);
  }
}

/// sum += factor * value, as `scaled` multiplies.
template <class L, class Factor>
TENAS_INLINE void add_scaled(typename L::V& sum, typename L::V factor, typename L::V value) {
  if constexpr (std::is_same_v<Factor, typename L::T>) {
    sum += factor * value;
  } else {
    add_product<L>(sum, factor, value);
  }
}

/// Reads an activation that has a lane of its own for every sample.
template <class L>
struct LaneAccess {
  static constexpr int stride = L::width;  // scalars per pixel
  static TENAS_INLINE typename L::V load(const typename L::T* p) { return L::load(p); }
};

/// Reads an activation of one sample, the same for all lanes (lanes are output directions).
template <class L>
struct BroadcastAccess {
  static constexpr int stride = 1;
  static TENAS_INLINE typename L::V load(const typename L::T* p) { return L::set(*p); }
};

/// Pixels of a tensor: pointer to channel 0, row 0, column 0 (inside the halo), strides in pixels.
template <class T>
struct View {
  T* p = nullptr;
  int64_t channel = 0;
  int64_t row = 0;
};

}  // namespace tenas::engine::TENAS_ISA
