// Channels that are equal whatever the input, if all weights of a layer have one value.
#pragma once

#include <span>
#include <vector>

#include "graph/graph.hpp"

namespace tenas {

/// The channels of a node in classes of equal ones.
struct ChannelClasses {
  std::vector<int32_t> of;       // class of each channel
  std::vector<int32_t> channel;  // the first channel of each class
  int32_t count() const { return static_cast<int32_t>(channel.size()); }
};

/// How often each class occurs among some channels that follow each other.
std::vector<int32_t> class_counts(const ChannelClasses& classes, int32_t first, int32_t channels);

/// The classes of every live node; nodes that are not live have none.
std::vector<ChannelClasses> equal_channels(const Graph& graph, std::span<const double> coefficients,
                                           const std::vector<bool>& live);

}  // namespace tenas
