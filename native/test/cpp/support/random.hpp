// Seeded random numbers for tests, the same with every standard library.
#pragma once

#include <cmath>
#include <cstdint>
#include <numbers>
#include <random>
#include <vector>

#include "graph/graph.hpp"

namespace tenas::test {

class Random {
 public:
  explicit Random(uint64_t seed) : engine_(seed) {}

  /// Uniform in [lowest, highest].
  int32_t integer(int32_t lowest, int32_t highest) {
    return lowest + static_cast<int32_t>(engine_() % static_cast<uint64_t>(int64_t{highest} - lowest + 1));
  }
  bool chance(double probability) { return uniform() < probability; }
  /// Uniform in [0, 1).
  double uniform() { return static_cast<double>(engine_() >> 11) * 0x1p-53; }
  /// Standard normal, by Box and Muller.
  double normal() {
    return std::sqrt(-2 * std::log(1 - uniform())) * std::cos(2 * std::numbers::pi * uniform());
  }
  uint64_t bits() { return engine_(); }

  template <class T>
  std::vector<T> normals(size_t count) {
    std::vector<T> values(count);
    for (T& value : values) value = static_cast<T>(normal());
    return values;
  }

  /// Signed random values for all parameters; running variances are positive.
  template <class T>
  std::vector<T> weights(const Graph& graph) {
    auto values = normals<T>(graph.param_values);
    for (const Param& param : graph.params) {
      if (param.kind != ParamKind::kBnRunningVar) continue;
      for (int64_t i = 0; i < param.size; ++i) {
        T& value = values[param.offset + i];
        value = std::abs(value) + T{0.5};
      }
    }
    return values;
  }

 private:
  std::mt19937_64 engine_;
};

}  // namespace tenas::test
