// Gram matrix of Jacobian rows, accumulated in double: kernel += J^T J for J stored [parameter][direction].
#pragma once

#include <algorithm>
#include <vector>

#include "engine/lanes.hpp"

namespace tenas::engine::TENAS_ISA {

/// Adds `rows` parameters (each `stride` scalars apart, the first `padded` are directions) to the upper block
/// triangle of `kernel` [padded][padded]. `panel` is scratch for kGramRows * padded doubles. `padded` is a
/// multiple of the lane width.
constexpr int32_t kGramRows = 128;

template <class L>
void gram(const typename L::T* jacobian, int64_t rows, int64_t stride, int32_t padded, double* panel,
          double* kernel) {
  constexpr int DW = L::registers >= 32 ? 8 : 4;
  typedef double D __attribute__((vector_size(sizeof(double) * DW), aligned(8)));
  constexpr int32_t kTall = 4, kWide = 2;
  const int32_t wide = kWide * DW;
  for (int64_t begin = 0; begin < rows; begin += kGramRows) {
    const auto count = static_cast<int32_t>(std::min<int64_t>(kGramRows, rows - begin));
    for (int32_t r = 0; r < count; ++r) {
      const typename L::T* source = jacobian + (begin + r) * stride;
      double* target = panel + static_cast<int64_t>(r) * padded;
      for (int32_t i = 0; i < padded; ++i) target[i] = static_cast<double>(source[i]);
    }
    for (int32_t i = 0; i < padded; i += kTall) {
      int32_t j = i / DW * DW;
      for (; j + wide <= padded; j += wide) {
        D sum[kTall][kWide] = {};
        for (int32_t r = 0; r < count; ++r) {
          const double* row = panel + static_cast<int64_t>(r) * padded;
          D right[kWide];
          for (int k = 0; k < kWide; ++k) right[k] = *reinterpret_cast<const D*>(row + j + k * DW);
          for (int a = 0; a < kTall; ++a) {
            for (int k = 0; k < kWide; ++k) sum[a][k] += row[i + a] * right[k];
          }
        }
        for (int a = 0; a < kTall; ++a) {
          for (int k = 0; k < kWide; ++k) {
            *reinterpret_cast<D*>(kernel + int64_t{i + a} * padded + j + k * DW) += sum[a][k];
          }
        }
      }
      for (; j < padded; ++j) {
        double sum[kTall] = {};
        for (int32_t r = 0; r < count; ++r) {
          const double* row = panel + static_cast<int64_t>(r) * padded;
          for (int a = 0; a < kTall; ++a) sum[a] += row[i + a] * row[j];
        }
        for (int a = 0; a < kTall; ++a) kernel[int64_t{i + a} * padded + j] += sum[a];
      }
    }
  }
}

}  // namespace tenas::engine::TENAS_ISA
