// How much memory the machine has.
#pragma once

#include <unistd.h>

namespace tenas {

/// Physical memory in bytes.
inline double physical_memory_bytes() {
  return static_cast<double>(sysconf(_SC_PHYS_PAGES)) * static_cast<double>(sysconf(_SC_PAGESIZE));
}

}  // namespace tenas
