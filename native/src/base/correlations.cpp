#include "base/correlations.hpp"

#include <algorithm>
#include <cmath>
#include <cstring>

namespace tenas {
namespace {

/// Rows whose sums run side by side: each sum alone would wait for itself.
constexpr int64_t kRows = 8;
/// Partial sums of an inner product: entries k, k + 4, k + 8, ...
constexpr int64_t kParts = 4;
typedef double Parts __attribute__((vector_size(sizeof(double) * kParts)));

void load(const double* p, Parts& parts) {
  std::memcpy(&parts, p, sizeof parts);
}

/// Sums over the entries k of `count` rows from `first` on of term(row, its place among them, k).
template <class Term>
void sum_rows(int64_t length, int64_t first, int64_t count, double (&sums)[kRows], const Term& term) {
  std::fill(std::begin(sums), std::end(sums), 0.0);
  for (int64_t k = 0; k < length; ++k) {
    for (int64_t row = 0; row < count; ++row) sums[row] += term(first + row, row, k);
  }
}

/// The rows with mean 0 and norm 1, [n][length]; empty where one has no such form.
std::vector<double> unit_rows(std::span<const float> rows, int64_t n) {
  const int64_t length = std::ssize(rows) / n;
  std::vector<double> units(rows.size());
  double means[kRows], squares[kRows];
  for (int64_t first = 0; first < n; first += kRows) {
    const int64_t count = std::min(kRows, n - first);
    sum_rows(length, first, count, means,
             [&](int64_t i, int64_t, int64_t k) { return static_cast<double>(rows[i * length + k]); });
    for (double& mean : means) mean /= static_cast<double>(length);
    sum_rows(length, first, count, squares, [&](int64_t i, int64_t row, int64_t k) {
      const double difference = rows[i * length + k] - means[row];
      return difference * difference;
    });
    for (int64_t row = 0; row < count; ++row) {
      if (!(squares[row] > 0) || !std::isfinite(squares[row])) return {};
      const double scale = 1 / std::sqrt(squares[row]);
      const int64_t start = (first + row) * length;
      for (int64_t k = 0; k < length; ++k) units[start + k] = (rows[start + k] - means[row]) * scale;
    }
  }
  return units;
}

/// Inner products of rows [i, i + Tall) with [j, j + Wide).
template <int Tall, int Wide>
void products(const std::vector<double>& units, int64_t n, int64_t i, int64_t j,
              std::vector<double>& matrix) {
  const int64_t length = std::ssize(units) / n;
  Parts sums[Tall][Wide] = {};
  int64_t k = 0;
  for (; k + kParts <= length; k += kParts) {
    Parts right[Wide];
    for (int b = 0; b < Wide; ++b) load(units.data() + (j + b) * length + k, right[b]);
    for (int a = 0; a < Tall; ++a) {
      Parts left;
      load(units.data() + (i + a) * length + k, left);
      for (int b = 0; b < Wide; ++b) sums[a][b] += left * right[b];
    }
  }
  for (int a = 0; a < Tall; ++a) {
    for (int b = 0; b < Wide; ++b) {
      Parts& own = sums[a][b];
      for (int64_t rest = k; rest < length; ++rest) {
        own[0] += units[(i + a) * length + rest] * units[(j + b) * length + rest];
      }
      const double value = own[0] + own[1] + (own[2] + own[3]);
      matrix[(i + a) * n + j + b] = matrix[(j + b) * n + i + a] = value;
    }
  }
}

}  // namespace

std::vector<double> correlations(std::span<const float> rows, int64_t n) {
  const std::vector<double> units = unit_rows(rows, n);
  if (units.empty()) return {};
  std::vector<double> matrix(n * n);
  for (int64_t i = 0; i < n; i += 2) {
    for (int64_t j = i; j < n; j += 2) {
      if (i + 1 < n && j + 1 < n) {
        products<2, 2>(units, n, i, j, matrix);
      } else if (i + 1 < n) {
        products<2, 1>(units, n, i, j, matrix);
      } else {
        products<1, 1>(units, n, i, j, matrix);
      }
    }
  }
  for (int64_t i = 0; i < n; ++i) matrix[i * (n + 1)] = 1;
  return matrix;
}

}  // namespace tenas
