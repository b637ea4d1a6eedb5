// Parts that work side by side and meet again and again.
#pragma once

#include <algorithm>
#include <atomic>
#include <cstdint>
#include <thread>
#include <utility>
#include <vector>

#include "base/parallel.hpp"

namespace tenas {

/// Calls of `pause_thread` after which a thread that waits yields its processor: some tens of microseconds.
constexpr int32_t kSpins = 500;

/// Tells the processor that this thread waits in a loop.
inline void pause_thread() {
#if defined(__x86_64__)
  __builtin_ia32_pause();
#elif defined(__aarch64__)
  asm volatile("yield");
#endif
}

/// Runs work(stretch, part) for every part of every stretch, and join(stretch) alone between two stretches
/// and after the last: a stretch begins when the one before has been joined. All stretches are one call of
/// `parallel`, in which threads wait for each other without sleeping: a stretch may take microseconds only,
/// and threads that are woken often share a processor at first. None waits for a thread that has not come. An
/// exception ends it and is rethrown.
///
/// A thread begins with the parts that it ran in the stretch before, the last of them first, since their
/// memory may still be in its cache; then it takes what others have not begun.
template <class Work, class Join>
void run_lockstep(const ParallelFor& parallel, int64_t parts, int32_t stretches, const Work& work,
                  const Join& join) {
  std::vector<std::atomic<int32_t>> begun(parts);  // by part: stretches that have been begun
  std::atomic<int64_t> done = 0;                   // parts, in all
  std::atomic<int32_t> open = 0;                   // stretch under way; `stretches`: the end
  const auto open_next = [&](int32_t stretch) { open.store(stretch, std::memory_order_release); };
  const auto wait_until_open = [&](int32_t stretch) {
    for (int32_t spins = 0; open.load(std::memory_order_acquire) < stretch; ++spins) {
      if (spins < kSpins) {
        pause_thread();
      } else {
        std::this_thread::yield();
      }
    }
  };
  const auto take_parts = [&] {
    std::vector<int64_t> own, last;  // parts of this thread, in this stretch and in the one before
    for (int32_t stretch = open; stretch < stretches; ++stretch) {
      wait_until_open(stretch);
      own.clear();
      const auto take = [&](int64_t part) {
        int32_t expected = stretch;
        if (open.load(std::memory_order_relaxed) != stretch) return;  // all done, or an exception
        if (!begun[part].compare_exchange_strong(expected, stretch + 1, std::memory_order_acq_rel)) return;
        own.push_back(part);
        work(stretch, part);
        if (done.fetch_add(1, std::memory_order_acq_rel) + 1 < (stretch + int64_t{1}) * parts) return;
        join(stretch);
        open_next(stretch + 1);
      };
      std::for_each(last.rbegin(), last.rend(), take);
      for (int64_t part = 0; part < parts; ++part) take(part);
      std::swap(own, last);
    }
  };
  parallel(parts, [&](int64_t, int32_t) {
    try {
      take_parts();
    } catch (...) {
      open_next(stretches);
      throw;
    }
  });
}

}  // namespace tenas
