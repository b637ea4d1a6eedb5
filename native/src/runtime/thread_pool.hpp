// A process-wide pool of threads that lend a hand to running requests.
#pragma once

#include <condition_variable>
#include <cstdint>
#include <exception>
#include <functional>
#include <list>
#include <mutex>
#include <thread>
#include <vector>

namespace tenas {

/// Threads are started when first needed and kept. Each request brings a thread of its own (worker 0) and
/// borrows up to `workers - 1` from the pool, so one request never uses more threads than it asked for.
class ThreadPool {
 public:
  /// The pool of this process; never destroyed, so that threads may outlive an exiting environment.
  static ThreadPool& instance();

  /// Runs fn(index, worker) for index 0 .. count-1, worker < workers, and returns when all are done. If a
  /// call throws, no further indices are handed out and the first exception is rethrown here.
  void parallel_for(int64_t count, int32_t workers, const std::function<void(int64_t, int32_t)>& fn);

 private:
  struct Loop {
    int64_t count = 0, next = 0;
    int32_t workers = 1, joined = 1, running = 0;
    int processor = -1;  // of worker 0
    const std::function<void(int64_t, int32_t)>* fn = nullptr;
    std::exception_ptr error;
    std::condition_variable done;
  };

  void grow(int32_t threads);
  void serve();
  /// Takes indices of a loop until none is left. Called and returns with the lock held.
  void work(Loop& loop, int32_t worker, std::unique_lock<std::mutex>& lock);

  std::mutex mutex_;
  std::condition_variable wake_;
  std::list<Loop*> loops_;
  std::vector<std::thread> threads_;
};

}  // namespace tenas
