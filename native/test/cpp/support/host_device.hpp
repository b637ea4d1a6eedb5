// Runs device kernels on the CPU: every launch with its grid, block, shared memory and barriers, blocks and
// threads in shuffled order, memory with guard zones around it.
#pragma once

#include <map>
#include <vector>

#include "cuda/device.hpp"
#include "support/random.hpp"

namespace tenas::test {

class HostDevice final : public cuda::Device {
 public:
  /// `seed` decides the order of blocks and threads; `capacity` is how many bytes the device has.
  explicit HostDevice(uint64_t seed, size_t capacity = size_t{1} << 33)
      : random_(seed), capacity_(capacity) {}
  ~HostDevice() override;
  HostDevice(const HostDevice&) = delete;
  HostDevice& operator=(const HostDevice&) = delete;

  std::string name() const override { return "host executor"; }
  size_t free_bytes() override { return capacity_ - allocated_; }
  int64_t guard_values() const override { return 32; }
  void* allocate(size_t bytes) override;
  void release(void* memory) noexcept override;
  void zero(void* memory, size_t bytes) override;
  void upload(void* to, const void* from, size_t bytes) override;
  void download(void* to, const void* from, size_t bytes) override;
  void launch(const cuda::Launch& launch) override;
  /// Throws Error CUDA_FAILED if something wrote to a guard zone.
  void finish() override;
  void guard(void* memory, size_t bytes) override;

  /// Guard zones that something wrote to so far.
  int64_t broken_guards() const { return broken_; }
  /// Launches so far, by the kernel's position in cuda::Kernels.
  const std::map<size_t, int64_t>& launches() const { return launches_; }
  size_t peak_bytes() const { return peak_; }

 private:
  struct Allocation {
    std::unique_ptr<unsigned char[]> memory;
    size_t bytes = 0;
    std::vector<std::pair<unsigned char*, size_t>> guards;
  };
  template <class K>
  void run(const cuda::Launch& launch);
  void protect(Allocation& allocation, unsigned char* memory, size_t bytes);
  void check(const Allocation& allocation);
  Allocation& owner(const void* memory);
  template <class T>
  void shuffle(std::vector<T>& values);

  Random random_;
  size_t capacity_, allocated_ = 0, peak_ = 0;
  int64_t broken_ = 0;
  std::map<unsigned char*, Allocation> allocations_;  // by first usable byte
  std::map<size_t, int64_t> launches_;
};

}  // namespace tenas::test
