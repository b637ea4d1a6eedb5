// What a training adds to a pass on a device: the factors of drop path and dropout, and further outputs.
#pragma once

#include <span>
#include <vector>

#include "cuda/layout.hpp"
#include "graph/additions.hpp"
#include "train/training.hpp"

namespace tenas::cuda {

/// Where the factors lie in an item's Area::kFactors: those of drop path, [node][sample], and of dropout,
/// [node][block][value][lane].
class DropLayout {
 public:
  DropLayout(const DeviceLayout& layout, const Additions& additions);

  /// First factor of entry k of drop path.
  int64_t path(int32_t k) const { return k * padded_; }
  /// The factors of entry k of dropout.
  const Tensor& values(int32_t k) const { return values_[k]; }
  int64_t size() const { return size_; }
  /// Factors in this layout, which stay 0 for idle lanes.
  std::vector<float> lanes_of(const DropFactors& factors) const;

 private:
  int32_t batch_;
  int64_t padded_, size_ = 0;
  std::vector<Tensor> values_;
};

/// Additions of a pass, whose schedule says where drop path and dropout are; by default none.
struct PassAdditions {
  const DropLayout* factors = nullptr;
  std::span<const int32_t> heads = {};
};

/// Entry of a list of a schedule for a node, or -1.
inline int32_t entry_of(const std::vector<int32_t>& list, int32_t node) {
  return list.empty() ? -1 : list[node];
}

}  // namespace tenas::cuda
