// Correlations between samples over all values that each has.
#pragma once

#include <algorithm>
#include <cmath>
#include <vector>

#include "cpu/buffer.hpp"
#include "graph/graph.hpp"
#include "kernels/gram.hpp"
#include "tasks/saliency.hpp"

namespace tenas::engine::TENAS_ISA {

/// A tensor of all samples, a row per value and a column per sample.
template <class L>
class SampleRows {
 public:
  using T = typename L::T;

  SampleRows(const Shape& shape, int32_t blocks) : shape_(shape), padded_(blocks * L::width) {
    rows_.reserve(shape.size() * padded_);
  }

  /// Takes the samples of a block; strides of channels and rows in pixels.
  void place(int32_t block, const T* pixels, int64_t channel, int64_t row) {
    int64_t value = 0;
    for (int32_t c = 0; c < shape_.c; ++c) {
      for (int32_t y = 0; y < shape_.h; ++y) {
        for (int32_t x = 0; x < shape_.w; ++x, ++value) {
          L::store(rows_.data() + value * padded_ + block * L::width,
                   L::load(pixels + (c * channel + y * row + x) * L::width));
        }
      }
    }
  }

  /// Pearson's, [batch][batch]; NaN for a sample whose values are all the same. Leaves the rows centred.
  std::vector<double> correlations(int64_t batch) {
    std::vector<bool> constant(padded_);
    for (int32_t n = 0; n < padded_; n += L::width) centre(n, constant);
    Buffer<double> kernel;
    const int64_t entries = int64_t{padded_} * padded_;
    kernel.zeros(entries);
    gram<L>(rows_.data(), shape_.size(), padded_, padded_, kernel.data());
    const auto square = [&](int64_t n) { return kernel.data()[n * padded_ + n]; };
    std::vector<double> found(batch * batch);
    for (int64_t i = 0; i < batch; ++i) {
      for (int64_t j = i; j < batch; ++j) {
        const double size = std::sqrt(square(i)) * std::sqrt(square(j));
        const bool none = constant[i] || constant[j];
        found[i * batch + j] = found[j * batch + i] = none ? NAN : kernel.data()[i * padded_ + j] / size;
      }
    }
    return found;
  }

 private:
  /// Takes their means off a vector of samples from `n` on; notes those whose values are all the same.
  void centre(int32_t n, std::vector<bool>& constant) {
    T* const own = rows_.data() + n;
    const int64_t size = shape_.size();
    typename L::D sum{}, squares{}, centred{};
    for (int64_t i = 0; i < size; ++i) {
      const typename L::D value = L::widen(L::load(own + i * padded_));
      sum += value;
      squares += value * value;
    }
    const typename L::D mean = sum / static_cast<double>(size);
    for (int64_t i = 0; i < size; ++i) {
      const typename L::D value = L::widen(L::load(own + i * padded_)) - mean;
      centred += value * value;
      for (int lane = 0; lane < L::width; ++lane) own[i * padded_ + lane] = static_cast<T>(value[lane]);
    }
    for (int lane = 0; lane < L::width; ++lane)
      constant[n + lane] = is_constant(squares[lane], centred[lane]);
  }

  const Shape shape_;
  const int32_t padded_;
  Buffer<T> rows_;
};

}  // namespace tenas::engine::TENAS_ISA
