#include "cuda/drop_layout.hpp"

namespace tenas::cuda {

DropLayout::DropLayout(const DeviceLayout& layout, const Additions& additions)
    : batch_(layout.batch()),
      padded_(layout.padded()),
      size_(std::ssize(additions.drop_path) * layout.padded()) {
  for (const int32_t node : additions.dropout) {
    const Shape& shape = layout.node(node).shape;
    values_.push_back(
        {Area::kFactors, size_, shape.size() * kLanes, int64_t{shape.h} * shape.w, int64_t{shape.w}});
    size_ += shape.size() * padded_;
  }
}

std::vector<float> DropLayout::lanes_of(const DropFactors& factors) const {
  std::vector<float> lanes(size_, 0.0f);
  for (size_t i = 0; i < factors.path.size(); ++i) {
    lanes[i / batch_ * padded_ + i % batch_] = factors.path[i];
  }
  const float* from = factors.values.data();
  for (size_t k = 0; k < values_.size() && !factors.values.empty(); ++k) {
    const Tensor& to = values_[k];
    const int64_t values = to.unit / kLanes;
    for (int32_t sample = 0; sample < batch_; ++sample) {
      float* own = lanes.data() + to.offset + sample / kLanes * to.unit + sample % kLanes;
      for (int64_t i = 0; i < values; ++i) own[i * kLanes] = *from++;
    }
  }
  return lanes;
}

}  // namespace tenas::cuda
