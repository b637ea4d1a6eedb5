// The task `regions`: the number of linear regions that samples fall into.
#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

namespace tenas {

/// Asks for the distinct ReLU sign patterns over all batches, each normalised by its own statistics.
struct RegionsTask {
  static constexpr std::string_view kName = "regions";
  int32_t batches = 1;
  bool popcounts = false;
};

struct RegionsAnswer {
  int64_t regions = 0;
  int64_t neurons = 0;             // ReLU outputs per sample over all executed ReLUs
  std::vector<int32_t> popcounts;  // [batches * N] active neurons per sample; empty unless wanted
};

}  // namespace tenas
