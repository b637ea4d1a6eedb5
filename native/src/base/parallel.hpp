// Work that is shared out over threads.
#pragma once

#include <cstdint>
#include <functional>

namespace tenas {

/// Runs fn(index, worker) for index 0 .. count-1, worker < workers; returns when all are done.
using ParallelFor = std::function<void(int64_t count, const std::function<void(int64_t, int32_t)>& fn)>;

/// Runs everything on the calling thread.
inline void run_serially(int64_t count, const std::function<void(int64_t, int32_t)>& fn) {
  for (int64_t i = 0; i < count; ++i) fn(i, 0);
}

}  // namespace tenas
