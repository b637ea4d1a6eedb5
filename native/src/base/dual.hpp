// A number with its derivative along one direction: arithmetic on them differentiates exactly.
#pragma once

#include <cmath>

namespace tenas {

/// Compares by the value alone, so that branches are those of the plain number.
struct Dual {
  double value = 0, derivative = 0;

  constexpr Dual() = default;
  constexpr Dual(double v, double d = 0) : value(v), derivative(d) {}

  friend constexpr Dual operator+(Dual a, Dual b) { return {a.value + b.value, a.derivative + b.derivative}; }
  friend constexpr Dual operator-(Dual a, Dual b) { return {a.value - b.value, a.derivative - b.derivative}; }
  friend constexpr Dual operator-(Dual a) { return {-a.value, -a.derivative}; }
  friend constexpr Dual operator*(Dual a, Dual b) {
    return {a.value * b.value, a.derivative * b.value + a.value * b.derivative};
  }
  friend constexpr Dual operator/(Dual a, Dual b) {
    const double quotient = a.value / b.value;
    return {quotient, (a.derivative - quotient * b.derivative) / b.value};
  }
  constexpr Dual& operator+=(Dual other) { return *this = *this + other; }
  constexpr Dual& operator*=(Dual other) { return *this = *this * other; }

  friend constexpr bool operator<(Dual a, Dual b) { return a.value < b.value; }
  friend constexpr bool operator>(Dual a, Dual b) { return a.value > b.value; }
  friend constexpr bool operator<=(Dual a, Dual b) { return a.value <= b.value; }
  friend constexpr bool operator>=(Dual a, Dual b) { return a.value >= b.value; }

  friend Dual sqrt(Dual a) {
    const double root = std::sqrt(a.value);
    return {root, a.derivative / (2 * root)};
  }
  friend Dual exp(Dual a) {
    const double value = std::exp(a.value);
    return {value, value * a.derivative};
  }
  friend Dual log(Dual a) { return {std::log(a.value), a.derivative / a.value}; }
};

}  // namespace tenas
