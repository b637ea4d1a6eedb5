// The task `blocks`: how parts of a network carry gradients back.
#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

#include "graph/graph.hpp"
#include "tasks/signs.hpp"

namespace tenas {

/// The part of a network between the outputs of two nodes.
struct Block {
  int32_t from = 0, to = 0;
};

/// Asks of each block for A = gradient, by the output of `from`, of the sum of the signs times the output of
/// `to`, on the first batch through its statistics. The signs have the shape of the output of `to`.
struct BlocksTask {
  static constexpr std::string_view kName = "blocks";
  std::vector<Block> blocks;
  Signs signs;  // a tensor per block, [N][C][H][W]
};

struct BlockAnswer {
  /// [channels of A, folded][channels of `to`]: mean over samples and pixels of A times the signs. Empty if
  /// `to` does not run; 0 where it does not depend on `from`.
  std::vector<double> product;
  bool unchanged = false;  // A is the signs
};

struct BlocksAnswer {
  std::vector<BlockAnswer> blocks;  // in the order of the task's
};

/// Where maps shrink, every channel of A is folded into rows x cols, one for each place in the squares of
/// pixels that belong to a pixel of `to`; pixels beyond the map are 0.
struct Fold {
  int32_t rows = 1, cols = 1;
};
inline Fold fold_of(const Shape& from, const Shape& to) {
  return {(from.h + to.h - 1) / to.h, (from.w + to.w - 1) / to.w};
}

}  // namespace tenas
