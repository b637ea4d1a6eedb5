#define TENAS_BLOCKS blocks_avx512
#include "parameters/blocks/blocks_impl.hpp"

namespace tenas {

const WeightBlocks kAvx512Blocks{"avx512", &blocks_avx512::fill, &blocks_avx512::quantiles};

}  // namespace tenas
