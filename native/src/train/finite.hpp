// Refusal of numbers that are not finite. Kernels would hide them: the ReLU of NaN is 0.
#pragma once

#include <cmath>
#include <string>

#include "base/error.hpp"

namespace tenas {

/// Throws Error NOT_FINITE, naming what it is of, unless the value is finite.
inline void require_finite(double value, const std::string& what) {
  if (std::isfinite(value)) return;
  throw Error("NOT_FINITE", what + " is " + std::to_string(value) +
                                ": the training diverges; use a smaller learning rate, or clip");
}

/// The same for the statistics of a batch norm.
inline void require_finite_moments(double mean, double variance, size_t node) {
  require_finite(mean + variance,
                 "the mean or variance that node " + std::to_string(node) + " normalises by");
}

}  // namespace tenas
