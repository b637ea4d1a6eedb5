// Aligned scratch memory that grows and is reused.
#pragma once

#include <cstddef>
#include <cstring>
#include <span>
#include <utility>

#include "cpu/spare_memory.hpp"

namespace tenas::engine {

/// Uninitialised aligned storage for trivially copyable T.
template <class T>
class Buffer {
 public:
  Buffer() = default;
  Buffer(Buffer&& other) noexcept : block_(std::exchange(other.block_, {})) {}
  Buffer& operator=(Buffer&& other) noexcept {
    std::swap(block_, other.block_);
    return *this;
  }
  ~Buffer() { give_back(); }

  /// Makes room for `count` values; contents are kept only if it was large enough. True if newly allocated.
  bool reserve(size_t count) {
    if (count <= capacity()) return false;
    give_back();
    block_ = take_block(count * sizeof(T));
    return true;
  }
  /// Room for `count` values that are zero.
  std::span<T> zeros(size_t count) {
    reserve(count);
    zero(count);
    return {data(), count};
  }
  void zero(size_t count) {
    if (count > 0) std::memset(static_cast<void*>(data()), 0, count * sizeof(T));
  }
  T* data() { return reinterpret_cast<T*>(block_.memory.get()); }
  const T* data() const { return reinterpret_cast<const T*>(block_.memory.get()); }
  size_t capacity() const { return block_.bytes / sizeof(T); }

 private:
  void give_back() {
    if (block_.memory) give_block(std::exchange(block_, {}));
  }

  MemoryBlock block_;
};

}  // namespace tenas::engine
