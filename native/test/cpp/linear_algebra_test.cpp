#include "base/linear_algebra.hpp"

#include <doctest/doctest.h>

#include <cmath>

using namespace tenas;

TEST_CASE("eigenvalues come in ascending order; of a matrix that is not finite they are not numbers") {
  const auto values = symmetric_eigenvalues(std::vector<double>{2, 1, 0, 1, 2, 0, 0, 0, -1}, 3);
  REQUIRE(values.size() == 3);
  CHECK(values[0] == doctest::Approx(-1));
  CHECK(values[1] == doctest::Approx(1));
  CHECK(values[2] == doctest::Approx(3));
  for (const std::vector<double>& spoiled :
       {std::vector<double>{1, NAN, NAN, 1}, std::vector<double>{INFINITY, 0, 0, 1}}) {
    for (const double value : symmetric_eigenvalues(spoiled, 2)) CHECK(std::isnan(value));
    CHECK(std::isnan(log_abs_determinant(spoiled, 2)));
  }
}

TEST_CASE("the logarithm of a determinant's size") {
  CHECK(log_abs_determinant(std::vector<double>{0, 2, 3, 1}, 2) == doctest::Approx(std::log(6)));
  CHECK(log_abs_determinant(std::vector<double>{1, 2, 2, 4}, 2) == -INFINITY);
  CHECK(log_abs_determinant({}, 0) == 0);
  // Far beyond the range of a double.
  std::vector<double> large(400 * 400, 0.0);
  for (size_t i = 0; i < 400; ++i) large[i * 401] = 1000;
  CHECK(log_abs_determinant(large, 400) == doctest::Approx(400 * std::log(1000)));
}
