#include "base/linear_algebra.hpp"

#include <Eigen/Eigenvalues>
#include <Eigen/LU>
#include <algorithm>
#include <cmath>
#include <limits>

#include "base/error.hpp"

namespace tenas {
namespace {

constexpr double kNan = std::numeric_limits<double>::quiet_NaN();

bool is_finite(std::span<const double> matrix) {
  return std::all_of(matrix.begin(), matrix.end(), [](double x) { return std::isfinite(x); });
}

Eigen::Map<const Eigen::MatrixXd> mapped(std::span<const double> matrix, size_t n) {
  const auto size = static_cast<Eigen::Index>(n);
  return {matrix.data(), size, size};
}

}  // namespace

std::vector<double> symmetric_eigenvalues(std::span<const double> matrix, size_t n) {
  if (!is_finite(matrix)) return std::vector<double>(n, kNan);
  const Eigen::SelfAdjointEigenSolver<Eigen::MatrixXd> solver(mapped(matrix, n), Eigen::EigenvaluesOnly);
  if (solver.info() != Eigen::Success) {
    throw Error("NO_CONVERGENCE", "the eigenvalues of a symmetric matrix did not converge");
  }
  const Eigen::VectorXd& values = solver.eigenvalues();
  return {values.data(), values.data() + values.size()};
}

double log_abs_determinant(std::span<const double> matrix, size_t n) {
  if (!is_finite(matrix)) return kNan;
  if (n == 0) return 0;
  const Eigen::PartialPivLU<Eigen::MatrixXd> lu(mapped(matrix, n));
  double sum = 0;
  for (Eigen::Index i = 0; i < lu.matrixLU().rows(); ++i) sum += std::log(std::abs(lu.matrixLU()(i, i)));
  return sum;
}

}  // namespace tenas
