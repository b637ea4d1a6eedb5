// The task `regions`: the number of linear regions that samples fall into.
#pragma once

#include <cstdint>
#include <vector>

namespace tenas {

struct RegionsTask {
  int32_t batches = 1;
  bool popcounts = false;
};

struct RegionsResult {
  int64_t regions = 0;
  int64_t neurons = 0;
  std::vector<int32_t> popcounts;  // [batches * N], empty unless wanted
};

}  // namespace tenas
