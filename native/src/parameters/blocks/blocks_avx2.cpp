#define TENAS_BLOCKS blocks_avx2
#include "parameters/blocks/blocks_impl.hpp"

namespace tenas {

const WeightBlocks kAvx2Blocks{"avx2", &blocks_avx2::fill, &blocks_avx2::quantiles};

}  // namespace tenas
