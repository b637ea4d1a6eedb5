// What a training adds to a network: factors on the outputs of some nodes (drop path, dropout), and further
// outputs (auxiliary heads).
#pragma once

#include <cstdint>
#include <vector>

#include "graph/graph.hpp"

namespace tenas {

/// Node ids. In evaluations there are none of these.
struct Additions {
  /// Nodes whose outputs have a factor per sample. Mixes and concats alone read them.
  std::vector<int32_t> drop_path;
  /// Nodes whose outputs have a factor per sample and value: any but the input, batch norms, ReLUs, mixes and
  /// concats.
  std::vector<int32_t> dropout;
  /// Linear layers with as many outputs as the network.
  std::vector<int32_t> heads;
};

/// Throws Error REQUEST_INVALID naming the entry for nodes that an addition cannot be made to.
void check_additions(const Graph& graph, const Additions& additions);

}  // namespace tenas
