// The task `codes`: how similar the samples' patterns of active ReLUs are (Mellor et al. 2021, "Neural
// architecture search without training").
#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

namespace tenas {

/// Asks for the code kernel of the first batch, under its own statistics.
struct CodesTask {
  static constexpr std::string_view kName = "codes";
};

struct CodesAnswer {
  /// [N][N]: number of ReLU inputs (all executed ReLUs) at which samples i and j agree in being > 0.
  std::vector<double> kernel;
  int64_t neurons = 0;         // ReLU inputs per sample
  double log_determinant = 0;  // natural logarithm of |det kernel|; -infinity for a singular one
};

}  // namespace tenas
