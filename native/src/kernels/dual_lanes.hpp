// Lanes in pairs: an even lane holds a value of a sample, the odd lane behind it the value's derivative along
// one direction of the weights. By them the kernels differentiate a forward and backward pass once more.
// Whatever is linear stays as it is; products and comparisons go by the functions of lanes.hpp.
#pragma once

#include "base/dual.hpp"
#include "kernels/lanes.hpp"

namespace tenas::engine::TENAS_ISA {

template <class L>
struct DualLanes : L {
  using T = typename L::T;
  using V = typename L::V;
  using I = typename L::I;
  using Narrow = DualLanes;
  using Plain = L;  // for what is linear in every lane
  static constexpr int width = L::width;

  /// Each value in both lanes of its pair.
  template <class Vector>
  static TENAS_INLINE Vector values(Vector v) {
    return pick<-1>(v, v, Indices{});
  }
  /// Each value in the lane of the derivative, 0 in its own.
  static TENAS_INLINE V carried(V v) { return pick<width - 1>(V{}, v, Indices{}); }
  /// The even lanes of `value`, the odd ones of `derivative`.
  static TENAS_INLINE V pairs(V value, V derivative) { return pick<width>(value, derivative, Indices{}); }
  static TENAS_INLINE V number(Dual s) {
    return pairs(L::set(static_cast<T>(s.value)), L::set(static_cast<T>(s.derivative)));
  }

  static TENAS_INLINE V rectify(V v) { return values(v) > V{} ? v : V{}; }
  static TENAS_INLINE V where_positive(V gate, V v) { return values(gate) > V{} ? v : V{}; }

 private:
  using Indices = std::make_integer_sequence<int, width>;

  /// Lane k is lane k of `even` if k is even, else lane k + Offset of `even` and `odd` in a row.
  template <int Offset, class Vector, int... K>
  static TENAS_INLINE Vector pick(Vector even, Vector odd, std::integer_sequence<int, K...>) {
#if defined(__clang__)
    return __builtin_shufflevector(even, odd, (K % 2 == 0 ? K : K + Offset)...);
#else
    return __builtin_shuffle(even, odd, I{(K % 2 == 0 ? K : K + Offset)...});
#endif
  }
};

template <class L>
constexpr bool kDual<DualLanes<L>> = true;

/// The number in the first pair of lanes.
template <class L>
Dual first_pair(typename L::V v) {
  return {static_cast<double>(v[0]), static_cast<double>(v[1])};
}

/// Sum over the first `lanes` lanes, in their order.
template <class L>
Dual sum_pairs(const typename L::D& sums, int32_t lanes = L::width) {
  Dual total;
  for (int32_t lane = 0; lane < lanes; lane += 2) total += {sums[lane], sums[lane + 1]};
  return total;
}

}  // namespace tenas::engine::TENAS_ISA
