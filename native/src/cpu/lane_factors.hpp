// Factors on the outputs of some nodes (drop path, dropout) in the layout of the lanes.
#pragma once

#include <algorithm>
#include <vector>

#include "cpu/buffer.hpp"
#include "graph/additions.hpp"
#include "train/training.hpp"

namespace tenas::engine::TENAS_ISA {

/// The factors of some consecutive samples of a batch, whole blocks of lanes. Idle lanes have the factor 0.
template <class L>
class LaneFactors {
 public:
  using T = typename L::T;

  /// Takes the factors of samples `first` to `first + count` of `samples`.
  void load(const Graph& graph, const Additions& additions, const DropFactors& factors, int32_t first,
            int32_t count, int32_t samples) {
    blocks_ = (count + L::width - 1) / L::width;
    const float* path = factors.path.data();
    paths_.reserve(std::ssize(additions.drop_path) * blocks_ * L::width);
    for (int32_t k = 0; k < std::ssize(additions.drop_path); ++k, path += samples) {
      spread_lanes(path + first, count, 1, paths_.data() + int64_t{k} * blocks_ * L::width);
    }
    begin_.clear();
    int64_t size = 0;
    for (const int32_t node : additions.dropout) {
      begin_.push_back(size);
      size += graph.nodes[node].shape.size() * blocks_ * L::width;
    }
    values_.reserve(size);
    const float* value = factors.values.data();
    for (size_t k = 0; k < additions.dropout.size(); ++k) {
      const int64_t own = graph.nodes[additions.dropout[k]].shape.size();
      spread_lanes(value + first * own, count, own, values_.data() + begin_[k]);
      value += samples * own;
    }
  }

  /// Drop path: the vector of factors of entry k.
  const T* path(int32_t k, int32_t block) const {
    return paths_.data() + (int64_t{k} * blocks_ + block) * L::width;
  }
  /// Dropout: the vectors of factors of entry k, [c][h][w], of a node with so many values.
  const T* values(int32_t k, int64_t size, int32_t block) const {
    return values_.data() + begin_[k] + block * size * L::width;
  }

 private:
  /// From [count][values] to [block][values][lane].
  void spread_lanes(const float* from, int32_t count, int64_t values, T* to) const {
    std::fill_n(to, blocks_ * values * L::width, T{0});
    for (int32_t n = 0; n < count; ++n) {
      T* own = to + (n / L::width) * values * L::width + n % L::width;
      for (int64_t i = 0; i < values; ++i) own[i * L::width] = static_cast<T>(from[n * values + i]);
    }
  }

  int32_t blocks_ = 0;
  Buffer<T> paths_, values_;
  std::vector<int64_t> begin_;  // by entry of dropout
};

}  // namespace tenas::engine::TENAS_ISA
