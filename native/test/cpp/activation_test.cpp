// Activation kernels against the reference's formulas, over the whole range of numbers.
#define TENAS_ISA isa_test
#include "kernels/activation.hpp"

#include <doctest/doctest.h>

#include <cmath>
#include <limits>
#include <vector>

#include "reference/activation.hpp"

using namespace tenas;
using namespace tenas::engine::isa_test;

namespace {

/// Numbers of both signs, from the smallest to the largest, and densely where functions bend.
template <class T>
std::vector<T> numbers() {
  std::vector<T> all{0, std::numeric_limits<T>::denorm_min(), std::numeric_limits<T>::max()};
  for (int exponent = std::numeric_limits<T>::min_exponent; exponent < std::numeric_limits<T>::max_exponent;
       ++exponent) {
    for (const double part : {1.0, 1.234567, 1.7}) {
      all.push_back(static_cast<T>(std::ldexp(part, exponent - 1)));
    }
  }
  for (int32_t i = 0; i <= 80'000; ++i) all.push_back(static_cast<T>(i) / T{100});
  const size_t positive = all.size();
  for (size_t i = 0; i < positive; ++i) all.push_back(-all[i]);
  while (all.size() % 2 != 0) all.push_back(1);
  return all;
}

template <class L>
void check(double tolerance) {
  using T = typename L::T;
  const std::vector<T> in = numbers<T>();
  const int32_t pixels = static_cast<int32_t>(in.size()) / L::width;
  alignas(64) T ones[L::width];
  for (T& one : ones) one = 1;
  // What exp cannot make is 0; it is tiny, also times the number where it becomes one.
  const double tiny = 100 * static_cast<double>(std::numeric_limits<T>::min()) *
                      static_cast<double>(ExpConstants<T>::kLargest);
  std::vector<T> store(2 * in.size() + 64), aligned(in.size() + 64);
  const auto align = [](T* p) {
    return reinterpret_cast<T*>((reinterpret_cast<uintptr_t>(p) + 63) & ~uintptr_t{63});
  };
  T *const source = align(aligned.data()), *const out = align(store.data());
  std::copy(in.begin(), in.end(), source);
  for (int32_t f = 0; f < 5; ++f) {
    const Activation function{f};
    CAPTURE(f);
    const auto compare = [&](double (*expected)(Activation, double), double least) {
      for (size_t i = 0; i < in.size(); ++i) {
        const double wanted = expected(function, static_cast<double>(in[i]));
        if (std::abs(wanted) > static_cast<double>(std::numeric_limits<T>::max())) continue;
        const double difference = std::abs(static_cast<double>(out[i]) - wanted);
        const bool close = difference <= tolerance * std::max(std::abs(wanted), least) + tiny;
        if (!close) {
          CAPTURE(in[i]);
          CHECK(static_cast<double>(out[i]) == wanted);
          break;
        }
      }
    };
    activate<L>(function, source, 0, out, 0, 1, pixels);
    compare(reference::activation, 0);
    for (int32_t pixel = 0; pixel < pixels; ++pixel) {
      const int64_t at = int64_t{pixel} * L::width;
      activation_gradient<L, LaneAccess<L>>(function, ones, 0, T{1}, source + at, 0, out + at, 0, 1, 1,
                                            false);
    }
    // Derivatives of swishes cross 0: there the difference counts.
    compare(reference::activation_derivative, 1);
  }
}

}  // namespace

TEST_CASE("activations over the whole range, in single and double precision") {
  check<Lanes<float, 2, 16>>(4e-7);
  check<Lanes<double, 2, 16>>(5e-15);
}

TEST_CASE("sigmoid keeps its relative precision down to the smallest numbers, and passes on NaN") {
  using L = Lanes<float, 2, 16>;
  for (float x = -87; x < 0; x += 0.01f) {
    const double exact = reference::sigmoid(static_cast<double>(x));
    const float found = sigmoid<L>(L::set(x))[0];
    REQUIRE(std::abs(static_cast<double>(found) - exact) <= 5e-7 * exact);
  }
  CHECK(sigmoid<L>(L::set(HUGE_VALF))[0] == 1);
  CHECK(sigmoid<L>(L::set(-HUGE_VALF))[0] == 0);
  CHECK(std::isnan(sigmoid<L>(L::set(NAN))[0]));
}
