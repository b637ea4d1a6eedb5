// Memory in large pages where the system has them.
#pragma once

#ifdef __linux__
#include <sys/mman.h>
#endif

#include <cstddef>

namespace tenas::engine {

constexpr size_t kHugePage = size_t{2} << 20;

/// Asks for large pages in memory aligned to kHugePage: activations of tens of megabytes are read in many
/// short rows, and with small pages the translation of addresses costs a twentieth of the time. A system
/// without them refuses, and nothing is lost.
inline void prefer_huge_pages([[maybe_unused]] void* memory, [[maybe_unused]] size_t bytes) {
#ifdef MADV_HUGEPAGE
  madvise(memory, bytes, MADV_HUGEPAGE);
#endif
}

}  // namespace tenas::engine
