// Memory for buffers that come and go with every request.
#pragma once

#include <cstddef>
#include <memory>

namespace tenas::engine {

/// A block of so many bytes or more.
struct MemoryBlock {
  struct Free {
    void operator()(std::byte* memory) const;
  };
  std::unique_ptr<std::byte, Free> memory;
  size_t bytes = 0;
};

/// An uninitialised block, aligned to a cache line, large ones to a large page. Throws Error OUT_OF_MEMORY.
/// Any thread.
MemoryBlock take_block(size_t bytes);

/// Keeps a block for those who ask for as much: the system clears every page that it gives, which takes up to
/// half the time of a small network. At most 64 MiB are kept, those that were given back last.
void give_block(MemoryBlock block) noexcept;

}  // namespace tenas::engine
