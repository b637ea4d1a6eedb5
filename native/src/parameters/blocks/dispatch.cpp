// Picks the instruction set that weights are made by.
#include "parameters/blocks/blocks.hpp"

namespace tenas {

std::vector<const WeightBlocks*> available_weight_blocks() {
  std::vector<const WeightBlocks*> found;
#if defined(TENAS_X86)
  if (__builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512dq") &&
      __builtin_cpu_supports("avx512vl") && __builtin_cpu_supports("avx512bw")) {
    found.push_back(&kAvx512Blocks);
  }
  if (__builtin_cpu_supports("avx2")) found.push_back(&kAvx2Blocks);
#endif
  found.push_back(&kGenericBlocks);
  return found;
}

}  // namespace tenas
