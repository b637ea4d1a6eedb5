// Tapes of several candidates merged into launches.
#pragma once

#include <functional>
#include <vector>

#include "cuda/device.hpp"
#include "cuda/tape.hpp"

namespace tenas::cuda {

/// The launches of some candidates' tapes, level by level; steps and terms lie on the device.
class MergedTapes {
 public:
  /// Candidate k works on `items_each` items, the first being k * items_each.
  MergedTapes(Device& device, std::span<const Tape* const> tapes, int32_t items_each);

  /// Queues everything. `items` lie on the device; `check` is called now and then with nothing left in the
  /// queue.
  void run(const Item* items, Tables tables, const std::function<void()>& check) const;
  size_t launches() const { return launches_.size(); }

 private:
  Device& device_;
  std::vector<Launch> launches_;
  DeviceBuffer<std::byte> work_;
  DeviceBuffer<Term> terms_;
};

}  // namespace tenas::cuda
