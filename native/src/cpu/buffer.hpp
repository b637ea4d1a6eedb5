// Aligned scratch memory that grows and is reused.
#pragma once

#include <cstddef>
#include <cstdlib>
#include <cstring>
#include <memory>
#include <new>

#include "base/error.hpp"
#include "cpu/huge_pages.hpp"

namespace tenas::engine {

/// Uninitialised aligned storage for trivially copyable T.
template <class T>
class Buffer {
 public:
  /// Makes room for `count` values; contents are kept only if it was large enough. True if newly allocated.
  bool reserve(size_t count) {
    if (count <= capacity_) return false;
    data_.reset();
    capacity_ = 0;
    const size_t wanted = count * sizeof(T);
    const size_t alignment = wanted >= kHugePage ? kHugePage : kCacheLine;
    const size_t bytes = (wanted + alignment - 1) / alignment * alignment;
    data_.reset(static_cast<T*>(std::aligned_alloc(alignment, bytes)));
    if (!data_) throw Error("OUT_OF_MEMORY", "cannot allocate " + std::to_string(bytes) + " bytes");
    if (alignment == kHugePage) prefer_huge_pages(data_.get(), bytes);
    capacity_ = count;
    return true;
  }
  void zero(size_t count) {
    if (count > 0) std::memset(static_cast<void*>(data_.get()), 0, count * sizeof(T));
  }
  T* data() { return data_.get(); }
  const T* data() const { return data_.get(); }
  size_t capacity() const { return capacity_; }

 private:
  static constexpr size_t kCacheLine = 64;
  struct Free {
    void operator()(T* p) const { std::free(p); }
  };
  std::unique_ptr<T[], Free> data_;
  size_t capacity_ = 0;
};

}  // namespace tenas::engine
