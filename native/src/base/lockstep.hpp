// Parts that work side by side and meet again and again.
#pragma once

#include <atomic>
#include <cstdint>
#include <thread>

#include "base/parallel.hpp"

namespace tenas {

/// Runs work(stretch, part) for every part of every stretch, and join(stretch) alone between two stretches
/// and after the last: a stretch begins when the one before has been joined. All stretches are one call of
/// `parallel`, in which threads wait for each other without sleeping, since a stretch may take microseconds
/// only. None waits for a thread that has not come. An exception ends it and is rethrown.
template <class Work, class Join>
void run_lockstep(const ParallelFor& parallel, int64_t parts, int64_t stretches, const Work& work,
                  const Join& join) {
  std::atomic<int64_t> next = 0, done = 0,
                       open = 0;  // part to begin and parts done, in all; stretch under way
  std::atomic<bool> failed = false;
  const auto take_part = [&] {
    constexpr int32_t kPatience = 64;
    int32_t waited = 0;
    for (;;) {
      int64_t part = next.load(std::memory_order_acquire);
      if (part >= parts * stretches || failed.load(std::memory_order_relaxed)) return;
      const int64_t stretch = part / parts;
      if (stretch > open.load(std::memory_order_acquire)) {
        if (++waited > kPatience) std::this_thread::yield();
        continue;
      }
      if (!next.compare_exchange_weak(part, part + 1, std::memory_order_acq_rel)) continue;
      waited = 0;
      work(stretch, part % parts);
      if (done.fetch_add(1, std::memory_order_acq_rel) + 1 < (stretch + 1) * parts) continue;
      join(stretch);
      open.store(stretch + 1, std::memory_order_release);
    }
  };
  parallel(parts, [&](int64_t, int32_t) {
    try {
      take_part();
    } catch (...) {
      failed = true;
      throw;
    }
  });
}

}  // namespace tenas
