// Values of the initial distributions: the counter-based generator Philox4x32-10 (Salmon et al. 2011) and the
// inverse normal distribution function AS 241 (Wichura 1988). Only additions, multiplications, divisions and
// square roots, each correctly rounded and never fused (every file that includes this is compiled without
// contraction), so every machine and device gets the same bits.
#pragma once

#include <array>
#include <bit>
#include <cmath>
#include <cstdint>

#include "base/host_device.hpp"
#include "base/philox.hpp"
#include "parameters/init.hpp"

namespace tenas {

namespace generator {

TENAS_HD inline double polynomial(const std::array<double, 8>& coefficients, double x) {
  double value = 0;
  for (size_t k = coefficients.size(); k-- > 0;) value = value * x + coefficients[k];
  return value;
}

/// Natural logarithm of a positive normal double by its binary exponent and the series of 2 atanh((m - 1) /
/// (m + 1)). Without branches, so that a compiler can make vectors of it.
TENAS_HD inline double logarithm(double x) {
  const auto bits = std::bit_cast<uint64_t>(x);
  const double mantissa = std::bit_cast<double>((bits & 0x000fffffffffffffu) | 0x3ff0000000000000u);
  const bool large = mantissa > 1.4142135623730951;
  const double halved = large ? mantissa / 2 : mantissa;
  const int32_t exponent = static_cast<int32_t>(bits >> 52) - (large ? 1022 : 1023);
  const double s = (halved - 1) / (halved + 1);
  const double square = s * s;
  double series = 0;
  for (int k = 23; k >= 1; k -= 2) series = series * square + 1.0 / k;
  return exponent * 0.69314718055994531 + 2 * s * series;
}

// Algorithm PPND16 of AS 241 for the quantile of the standard normal distribution, relative error about
// 1e-16. It has three parts: the middle, where q = p - 1/2 is at most kMiddle, and two of a tail, by
// the square root r of minus the logarithm of the tail, up to kNear and beyond.
constexpr double kMiddle = 0.425;
constexpr double kNear = 5;

TENAS_HD inline double middle_quantile(double q) {
  const double r = 0.180625 - q * q;
  return q *
         polynomial({3.3871328727963666080e0, 1.3314166789178437745e2, 1.9715909503065514427e3,
                     1.3731693765509461125e4, 4.5921953931549871457e4, 6.7265770927008700853e4,
                     3.3430575583588128105e4, 2.5090809287301226727e3},
                    r) /
         polynomial({1.0, 4.2313330701600911252e1, 6.8718700749205790830e2, 5.3941960214247511077e3,
                     2.1213794301586595867e4, 3.9307895800092710610e4, 2.8729085735721942674e4,
                     5.2264952788528545610e3},
                    r);
}

/// The quantile's distance from 0, of a tail with r up to kNear.
TENAS_HD inline double near_quantile(double r) {
  const double x = r - 1.6;
  return polynomial({1.42343711074968357734e0, 4.63033784615654529590e0, 5.76949722146069140550e0,
                     3.64784832476320460504e0, 1.27045825245236838258e0, 2.41780725177450611770e-1,
                     2.27238449892691845833e-2, 7.74545014278341407640e-4},
                    x) /
         polynomial({1.0, 2.05319162663775882187e0, 1.67638483018380384940e0, 6.89767334985100004550e-1,
                     1.48103976427480074590e-1, 1.51986665636164571966e-2, 5.47593808499534494600e-4,
                     1.05075007164441684324e-9},
                    x);
}

/// The quantile's distance from 0, of a tail with r beyond kNear.
TENAS_HD inline double far_quantile(double r) {
  const double x = r - kNear;
  return polynomial({6.65790464350110377720e0, 5.46378491116411436990e0, 1.78482653991729133580e0,
                     2.96560571828504891230e-1, 2.65321895265761230930e-2, 1.24266094738807843860e-3,
                     2.71155556874348757815e-5, 2.01033439929228813265e-7},
                    x) /
         polynomial({1.0, 5.99832206555887937690e-1, 1.36929880922735805310e-1, 1.48753612908506148525e-2,
                     7.86869131145613259100e-4, 1.84631831751005468180e-5, 1.42151175831644588870e-7,
                     2.04426310338993978564e-15},
                    x);
}

/// Quantile of the standard normal distribution.
TENAS_HD inline double normal_quantile(double p) {
  const double q = p - 0.5;
  if (std::abs(q) <= kMiddle) return middle_quantile(q);
  const double r = std::sqrt(-logarithm(q < 0 ? p : 1 - p));
  const double distance = r <= kNear ? near_quantile(r) : far_quantile(r);
  return q < 0 ? -distance : distance;
}

/// A uniform number in (0, 1) from 64 random bits: the middle of one of 2^52 equal intervals.
TENAS_HD inline double uniform(uint32_t low, uint32_t high) {
  const uint64_t bits = (uint64_t{high} << 32 | low) >> 12;
  // The 52 bits as the mantissa of a number from 2^52 on: exact, and vectors of any instruction set can do
  // it.
  const double number = std::bit_cast<double>(bits | 0x4330000000000000u) - 0x1p52;
  return (number + 0.5) * 0x1p-52;
}

}  // namespace generator

/// Values 2 * pair and 2 * pair + 1 of the parameter with this key. The plain form: blocks/ has the fast one.
TENAS_HD inline void weight_pair(const Distribution& distribution, uint64_t seed, uint32_t repeat,
                                 uint64_t key, uint32_t pair, float (&values)[2]) {
  if (distribution.form == Distribution::Form::kZero || distribution.form == Distribution::Form::kOne) {
    values[0] = values[1] = distribution.form == Distribution::Form::kOne ? 1.0f : 0.0f;
    return;
  }
  const std::array<uint32_t, 4> random =
      philox4x32({pair, repeat, static_cast<uint32_t>(key), static_cast<uint32_t>(key >> 32)},
                 {static_cast<uint32_t>(seed), static_cast<uint32_t>(seed >> 32)});
  for (size_t k = 0; k < 2; ++k) {
    const double p = generator::uniform(random[2 * k], random[2 * k + 1]);
    values[k] = static_cast<float>(distribution.form == Distribution::Form::kNormal
                                       ? generator::normal_quantile(p) * distribution.scale
                                       : (2 * p - 1) * distribution.scale);
  }
}

}  // namespace tenas
