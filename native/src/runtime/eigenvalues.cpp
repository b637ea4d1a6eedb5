#include <Eigen/Eigenvalues>
#include <algorithm>
#include <cmath>
#include <limits>

#include "base/error.hpp"
#include "runtime/request.hpp"

namespace tenas {

std::vector<double> symmetric_eigenvalues(const std::vector<double>& matrix, size_t n) {
  if (!std::all_of(matrix.begin(), matrix.end(), [](double x) { return std::isfinite(x); })) {
    return std::vector<double>(n, std::numeric_limits<double>::quiet_NaN());
  }
  const auto size = static_cast<Eigen::Index>(n);
  const Eigen::Map<const Eigen::MatrixXd> map(matrix.data(), size, size);
  const Eigen::SelfAdjointEigenSolver<Eigen::MatrixXd> solver(map, Eigen::EigenvaluesOnly);
  if (solver.info() != Eigen::Success) {
    throw Error("NO_CONVERGENCE", "the eigenvalues of the neural tangent kernel did not converge");
  }
  const Eigen::VectorXd& values = solver.eigenvalues();
  return {values.data(), values.data() + values.size()};
}

}  // namespace tenas
