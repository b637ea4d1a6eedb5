// How much memory the machine has.
#pragma once

#include <unistd.h>

namespace tenas {

/// Physical memory in bytes; in WebAssembly, which does not know it, all that it can address.
inline double physical_memory_bytes() {
#ifdef __wasm__
  return 0x1p32;
#else
  return static_cast<double>(sysconf(_SC_PHYS_PAGES)) * static_cast<double>(sysconf(_SC_PAGESIZE));
#endif
}

}  // namespace tenas
