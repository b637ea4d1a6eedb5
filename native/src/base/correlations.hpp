// Correlations between the rows of a matrix.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

namespace tenas {

/// Pearson's correlations between `n` rows of equal length, [n][n]; empty where a row is constant or not
/// finite, so that it has none. The same bits on every machine: sums have a fixed order, and this file is
/// compiled without fused multiply-adds.
std::vector<double> correlations(std::span<const float> rows, int64_t n);

}  // namespace tenas
