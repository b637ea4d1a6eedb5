// Eigenvalues and determinants of small matrices.
#pragma once

#include <cstddef>
#include <span>
#include <vector>

namespace tenas {

/// Eigenvalues of a symmetric [n][n] matrix, ascending; all NaN if the matrix is not finite. Throws Error
/// NO_CONVERGENCE.
std::vector<double> symmetric_eigenvalues(std::span<const double> matrix, size_t n);

/// Natural logarithm of the absolute value of an [n][n] matrix's determinant, by LU decomposition with
/// partial pivoting; -infinity for a singular matrix, NaN for one that is not finite.
double log_abs_determinant(std::span<const double> matrix, size_t n);

}  // namespace tenas
