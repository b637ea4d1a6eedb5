// The task `patterns`: how many different things neurons do on a batch (Peng et al. 2024, "SWAP-NAS:
// sample-wise activation patterns").
#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

namespace tenas {

/// Asks for the different patterns of some nodes' elements on the first batch, under its own statistics. The
/// pattern of an element is where over the samples it is > 0.
struct PatternsTask {
  static constexpr std::string_view kName = "patterns";
  static constexpr int32_t kMostSamples = 16;  // a pattern is a word of so many bits
  std::vector<int32_t> nodes;                  // may be empty
};

struct PatternsAnswer {
  int64_t patterns = 0;
  int64_t elements = 0;  // of one sample, over the nodes that run
};

}  // namespace tenas
