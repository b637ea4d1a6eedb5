#include "cpu/spare_memory.hpp"

#include <algorithm>
#include <cstdlib>
#include <list>
#include <mutex>
#include <new>
#include <string>
#include <utility>

#include "base/error.hpp"
#include "cpu/huge_pages.hpp"

namespace tenas::engine {
namespace {

constexpr size_t kCacheLine = 64;
constexpr size_t kSpareBytes = size_t{64} << 20;
/// Below this the allocator's own lists are as good.
constexpr size_t kSmallest = size_t{32} << 10;

#if defined(__SANITIZE_ADDRESS__)
constexpr bool kKeeps = false;  // the sanitizer is to see where each block begins and ends
#else
constexpr bool kKeeps = true;
#endif

/// The size to ask for: few different ones, so that blocks fit again.
size_t rounded(size_t bytes) {
  const size_t step = bytes >= kHugePage ? kHugePage : bytes >= kSmallest ? kSmallest : kCacheLine;
  return (bytes + step - 1) / step * step;
}

class SpareBlocks {
 public:
  /// Of those that are large enough and leave less than a quarter unused the smallest, of equal ones the last
  /// that was given back; an empty one if there is none.
  MemoryBlock take(size_t bytes) {
    const std::lock_guard lock(mutex_);
    auto best = blocks_.end();
    for (auto one = blocks_.begin(); one != blocks_.end(); ++one) {
      if (one->bytes < bytes || one->bytes - bytes > bytes / 4) continue;
      if (best == blocks_.end() || one->bytes <= best->bytes) best = one;
    }
    if (best == blocks_.end()) return {};
    MemoryBlock block = std::move(*best);
    blocks_.erase(best);
    kept_ -= block.bytes;
    return block;
  }

  void give(MemoryBlock block) {
    std::list<MemoryBlock> old;  // freed after the lock is
    const std::lock_guard lock(mutex_);
    const size_t bytes = block.bytes;
    blocks_.push_back(std::move(block));
    kept_ += bytes;
    while (kept_ > kSpareBytes) {
      kept_ -= blocks_.front().bytes;
      old.splice(old.end(), blocks_, blocks_.begin());
    }
  }

  void free_all() {
    std::list<MemoryBlock> old;
    const std::lock_guard lock(mutex_);
    old.swap(blocks_);
    kept_ = 0;
  }

 private:
  std::mutex mutex_;
  std::list<MemoryBlock> blocks_;
  size_t kept_ = 0;
};

/// Never destroyed: threads of the engine may still give blocks back when the process ends.
SpareBlocks& spare_blocks() {
  static auto* blocks = new SpareBlocks();
  return *blocks;
}

MemoryBlock allocate(size_t bytes) {
  const bool huge = bytes >= kHugePage;
  MemoryBlock block{{}, bytes};
  block.memory.reset(static_cast<std::byte*>(std::aligned_alloc(huge ? kHugePage : kCacheLine, bytes)));
  if (huge && block.memory) prefer_huge_pages(block.memory.get(), bytes);
  return block;
}

}  // namespace

void MemoryBlock::Free::operator()(std::byte* memory) const {
  std::free(memory);
}

MemoryBlock take_block(size_t bytes) {
  const size_t wanted = rounded(std::max<size_t>(bytes, 1));
  MemoryBlock block = spare_blocks().take(wanted);
  if (!block.memory) block = allocate(wanted);
  if (!block.memory) {
    spare_blocks().free_all();
    block = allocate(wanted);
  }
  if (!block.memory) throw Error("OUT_OF_MEMORY", "cannot allocate " + std::to_string(wanted) + " bytes");
  return block;
}

void give_block(MemoryBlock block) noexcept {
  if (!kKeeps || block.bytes < kSmallest || block.bytes > kSpareBytes) return;
  try {
    spare_blocks().give(std::move(block));
  } catch (const std::bad_alloc&) {
    // Without memory for the list the block is freed.
  }
}

}  // namespace tenas::engine
