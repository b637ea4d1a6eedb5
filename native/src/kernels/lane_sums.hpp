// Sums over the lanes of many vectors at once.
#pragma once

#include "kernels/lanes.hpp"

namespace tenas::engine::TENAS_ISA {

/// Sum over the lanes, in their order.
template <class L>
double sum_lanes(const typename L::D& lanes) {
  double sum = 0;
  for (int lane = 0; lane < L::width; ++lane) sum += lanes[lane];
  return sum;
}

/// Lanes of a and b in turn: of their first halves, or of their second ones.
template <class L, bool Second, int... K>
TENAS_INLINE typename L::V zip(typename L::V a, typename L::V b, std::integer_sequence<int, K...>) {
  constexpr int W = L::width, first = Second ? W / 2 : 0;
#if defined(__clang__)
  return __builtin_shufflevector(a, b, (first + K / 2 + (K % 2 == 0 ? 0 : W))...);
#else
  return __builtin_shuffle(a, b, typename L::I{(first + K / 2 + (K % 2 == 0 ? 0 : W))...});
#endif
}

/// Lane k of vector i becomes lane i of vector k.
template <class L>
TENAS_INLINE void transpose(typename L::V (&rows)[L::width]) {
  constexpr int W = L::width;
  using Indices = std::make_integer_sequence<int, W>;
  unroll<__builtin_ctz(W)>(TENAS_EACH() {
    typename L::V next[W];
    unroll<W / 2>(TENAS_EACH(i) {
      next[2 * i] = zip<L, false>(rows[i], rows[i + W / 2], Indices{});
      next[2 * i + 1] = zip<L, true>(rows[i], rows[i + W / 2], Indices{});
    });
    unroll<W>(TENAS_EACH(i) { rows[i] = next[i]; });
  });
}

/// The sums over the lanes of as many vectors as there are lanes: lane i has the sum of vector i, in single
/// precision where lanes are.
template <class L>
TENAS_INLINE typename L::V lane_sums(typename L::V (&rows)[L::width]) {
  constexpr int W = L::width;
  using Indices = std::make_integer_sequence<int, W>;
  // Each round adds halves: what is left of vector i moves to the lanes of i modulo the vectors left.
  unroll<__builtin_ctz(W)>(TENAS_EACH(round) {
    unroll<(W >> (round() + 1))>(TENAS_EACH(i) {
      constexpr int other = i() + (W >> (round() + 1));
      rows[i] =
          zip<L, false>(rows[i], rows[other], Indices{}) + zip<L, true>(rows[i], rows[other], Indices{});
    });
  });
  return rows[0];
}

/// sums[i] += the sum over the lanes of vector i, in their order and in double, for `count` vectors that
/// follow one another.
template <class L>
void add_lane_sums(const typename L::T* vectors, int64_t count, double* sums) {
  constexpr int W = L::width;
  int64_t i = 0;
  for (; i + W <= count; i += W) {
    typename L::V rows[W];
    unroll<W>(TENAS_EACH(k) { rows[k] = L::load(vectors + (i + k) * W); });
    transpose<L>(rows);
    typename L::D sum{}, before;
    unroll<W>(TENAS_EACH(lane) { sum += L::widen(rows[lane]); });
    std::memcpy(&before, sums + i, sizeof before);
    before += sum;
    std::memcpy(sums + i, &before, sizeof before);
  }
  for (; i < count; ++i) sums[i] += sum_lanes<L>(L::widen(L::load(vectors + i * W)));
}

}  // namespace tenas::engine::TENAS_ISA
