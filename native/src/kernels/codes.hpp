// Patterns of active neurons as bits, and in how many of them samples differ.
#pragma once

#include <cstdint>
#include <cstring>

#include "kernels/lanes.hpp"

namespace tenas::engine::TENAS_ISA {

/// Packs signs into words of the lane's integer type: sample by sample, so a vector of words at a time.
template <class L>
class BitPacker {
 public:
  using Int = typename L::Int;
  static constexpr int kBits = 8 * static_cast<int>(sizeof(Int));

  /// Words go to `words`, a vector each.
  explicit BitPacker(Int* words) : words_(words) {}

  /// Adds one bit per pixel of a plane: 1 where the value is > 0.
  void add(const typename L::T* plane, int64_t row_stride, int32_t rows, int32_t cols) {
    for (int32_t row = 0; row < rows; ++row) {
      for (int32_t col = 0; col < cols; ++col) {
        const auto active = L::positive(L::load(plane + (row * row_stride + col) * L::width));
        word_ = (word_ << 1) - active;  // all bits set is -1
        if (++filled_ == kBits) flush();
      }
    }
  }
  /// Writes a word that is not full yet.
  void finish() {
    if (filled_ > 0) flush();
  }

 private:
  void flush() {
    std::memcpy(words_, &word_, sizeof(word_));
    words_ += L::width;
    word_ = typename L::I{};
    filled_ = 0;
  }

  Int* words_;
  typename L::I word_{};
  int filled_ = 0;
};

template <int Bytes>
struct WordsOf {
  typedef uint64_t Words __attribute__((vector_size(Bytes)));
};

/// Counts the bits of vectors of words. Carry-save adders take eight vectors at a time (Harley and Seal;
/// Mula, Kurz and Lemire, The Computer Journal 2018): all but one of eight are never counted by themselves,
/// which instruction sets without a count of bits in vectors are slow at.
template <int Bytes>
class BitCounter {
 public:
  static constexpr int kAtOnce = 8;
  using Words = typename WordsOf<Bytes>::Words;

  /// Takes eight vectors.
  TENAS_INLINE void add(const Words (&x)[kAtOnce]) {
    Words carries[4], pairs[2], eights;
    unroll<4>(TENAS_EACH(i) { carries[i] = carry(ones_, x[2 * i], x[2 * i + 1]); });
    unroll<2>(TENAS_EACH(i) { pairs[i] = carry(twos_, carries[2 * i], carries[2 * i + 1]); });
    eights = carry(fours_, pairs[0], pairs[1]);
    total_ += bits(eights);
  }
  /// Takes one vector.
  TENAS_INLINE void add_one(Words x) { rest_ += bits(x); }

  int64_t count() const {
    Words all = (total_ << 3) + (bits(fours_) << 2) + (bits(twos_) << 1) + bits(ones_) + rest_;
    int64_t sum = 0;
    for (size_t i = 0; i < Bytes / sizeof(uint64_t); ++i) sum += static_cast<int64_t>(all[i]);
    return sum;
  }

 private:
  /// sum + a + b bit by bit: leaves the ones in `sum`. @returns the twos
  static TENAS_INLINE Words carry(Words& sum, Words a, Words b) {
    const Words either = sum ^ a;
    const Words twos = (sum & a) | (either & b);
    sum = either ^ b;
    return twos;
  }
  /// Number of bits of each word.
  static TENAS_INLINE Words bits(Words x) {
    x -= (x >> 1) & 0x5555555555555555u;
    x = (x & 0x3333333333333333u) + ((x >> 2) & 0x3333333333333333u);
    x = (x + (x >> 4)) & 0x0f0f0f0f0f0f0f0fu;
    x += x >> 8;
    x += x >> 16;
    x += x >> 32;
    return x & 0x7fu;
  }

  Words ones_{}, twos_{}, fours_{}, total_{}, rest_{};
};

/// Number of bits in which two rows of so many bytes differ, a multiple of the size of a vector.
template <class L>
int64_t different_bits(const unsigned char* a, const unsigned char* b, size_t bytes) {
  constexpr int kBytes = sizeof(typename L::V);
  using Counter = BitCounter<kBytes>;
  const auto differing = [&](size_t at) __attribute__((always_inline)) {
    typename Counter::Words x, y;
    std::memcpy(&x, a + at, sizeof x);
    std::memcpy(&y, b + at, sizeof y);
    return x ^ y;
  };
  Counter counter;
  constexpr size_t kStep = Counter::kAtOnce * kBytes;
  size_t at = 0;
  for (; at + kStep <= bytes; at += kStep) {
    typename Counter::Words eight[Counter::kAtOnce];
    unroll<Counter::kAtOnce>(TENAS_EACH(i) { eight[i] = differing(at + i * kBytes); });
    counter.add(eight);
  }
  for (; at < bytes; at += kBytes) counter.add_one(differing(at));
  return counter.count();
}

}  // namespace tenas::engine::TENAS_ISA
