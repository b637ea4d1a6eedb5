// Equal parts of one piece of device memory.
#pragma once

#include "cuda/device.hpp"
#include "cuda/layout.hpp"

namespace tenas::cuda {

/// One buffer with an equal slice for each of `count` items, guard zones between them in tests.
template <class T>
class Slices {
 public:
  Slices() = default;
  Slices(Device& device, int64_t count, int64_t size, const AreaLayout* area = nullptr)
      : size_(size), stride_(whole_lines(size) + device.guard_values()), buffer_(device, count * stride_) {
    if (device.guard_values() == 0) return;
    for (int64_t i = 0; i < count; ++i) {
      device.guard(at(i) + size, (stride_ - size) * sizeof(T));
      if (area == nullptr) continue;
      for (const auto& [offset, values] : area->gaps()) {
        device.guard(at(i) + offset, values * sizeof(T));
      }
    }
  }
  T* at(int64_t index) const { return buffer_.data() + index * stride_; }
  int64_t size() const { return size_; }
  int64_t stride() const { return stride_; }

 private:
  int64_t size_ = 0, stride_ = 0;
  DeviceBuffer<T> buffer_;
};

}  // namespace tenas::cuda
