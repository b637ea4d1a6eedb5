// The device as the CUDA backend needs it: memory, copies, launches. Two things implement it: the CUDA
// runtime (device.cu) and the host executor of the tests.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>

#include "cuda/kernel.hpp"

namespace tenas::cuda {

/// One launch: grid (blocks, steps, items). Block (x, y, z) works on step y for item steps[y].first_item + z.
struct Launch {
  size_t kernel = 0;  // position in Kernels
  uint32_t blocks = 0, steps = 0, items = 0;
  const void* work = nullptr;  // Work<K>[steps] on the device
  const Item* item = nullptr;  // on the device
  Tables tables;
};

class Device {
 public:
  virtual ~Device() = default;
  virtual std::string name() const = 0;
  /// Bytes that may be allocated now.
  virtual size_t free_bytes() = 0;
  /// Values to leave between the tensors of an area; 0 outside of tests.
  virtual int64_t guard_values() const { return 0; }
  /// Memory set to zero. Throws Error OUT_OF_MEMORY.
  virtual void* allocate(size_t bytes) = 0;
  virtual void release(void* memory) noexcept = 0;
  virtual void zero(void* memory, size_t bytes) = 0;
  virtual void upload(void* to, const void* from, size_t bytes) = 0;
  virtual void download(void* to, const void* from, size_t bytes) = 0;
  /// Queues a launch; launches run in order. Throws Error CUDA_FAILED.
  virtual void launch(const Launch& launch) = 0;
  /// Waits for everything queued. Throws Error CUDA_FAILED.
  virtual void finish() = 0;
  /// Marks memory between tensors that no kernel may touch.
  virtual void guard(void* memory, size_t bytes) { (void)memory, (void)bytes; }
};

/// Device memory for `count` values of T, zeroed; released with its owner.
template <class T>
class DeviceBuffer {
 public:
  DeviceBuffer() = default;
  DeviceBuffer(Device& device, size_t count)
      : data_(static_cast<T*>(device.allocate(std::max<size_t>(count, 1) * sizeof(T))), Release{&device}),
        count_(count) {}
  DeviceBuffer(Device& device, std::span<const T> values) : DeviceBuffer(device, values.size()) {
    device.upload(data_.get(), values.data(), values.size_bytes());
  }
  T* data() const { return data_.get(); }
  size_t size() const { return count_; }

 private:
  struct Release {
    Device* device = nullptr;
    void operator()(T* memory) const {
      if (device != nullptr) device->release(const_cast<std::remove_const_t<T>*>(memory));
    }
  };
  std::unique_ptr<T[], Release> data_;
  size_t count_ = 0;
};

}  // namespace tenas::cuda
