#define TENAS_BLOCKS blocks_generic
#include "parameters/blocks/blocks_impl.hpp"

namespace tenas {

const WeightBlocks kGenericBlocks{"generic", &blocks_generic::fill, &blocks_generic::quantiles};

}  // namespace tenas
