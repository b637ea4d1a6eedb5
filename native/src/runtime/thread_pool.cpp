#include "runtime/thread_pool.hpp"

#include <algorithm>
#include <system_error>

#include "runtime/fault_stack.hpp"
#include "runtime/processor.hpp"

namespace tenas {
namespace {

constexpr int32_t kMostThreads = 1024;

}  // namespace

ThreadPool& ThreadPool::instance() {
  static auto* pool = new ThreadPool();
  return *pool;
}

void ThreadPool::parallel_for(int64_t count, int32_t workers,
                              const std::function<void(int64_t, int32_t)>& fn) {
  Loop loop;
  loop.count = count;
  loop.workers = static_cast<int32_t>(std::min<int64_t>(std::max(workers, 1), std::max<int64_t>(count, 1)));
  loop.fn = &fn;
  loop.processor = current_processor();
  std::unique_lock lock(mutex_);
  std::list<Loop*>::iterator place;
  const bool shared = loop.workers > 1;
  if (shared) {
    grow(std::min(loop.workers - 1, kMostThreads));
    place = loops_.insert(loops_.end(), &loop);
    wake_.notify_all();
  }
  work(loop, 0, lock);
  if (shared) {
    loops_.erase(place);
    loop.done.wait(lock, [&] { return loop.running == 0; });
  }
  if (loop.error) std::rethrow_exception(loop.error);
}

void ThreadPool::grow(int32_t threads) {
  try {
    while (std::ssize(threads_) < threads) threads_.emplace_back([this] { serve(); });
  } catch (const std::system_error&) {
    // The system refuses more: those there are do all of the work.
  }
}

void ThreadPool::serve() {
  give_fault_stack();
  std::unique_lock lock(mutex_);
  for (;;) {
    const auto wanting = std::find_if(loops_.begin(), loops_.end(), [](const Loop* loop) {
      return loop->joined < loop->workers && loop->next < loop->count;
    });
    if (wanting == loops_.end()) {
      wake_.wait(lock);
      continue;
    }
    Loop& loop = **wanting;
    const int32_t worker = loop.joined++;
    ++loop.running;
    if (loop.processor == current_processor()) {
      lock.unlock();
      leave_processor(loop.processor);
      lock.lock();
    }
    work(loop, worker, lock);
    if (--loop.running == 0) loop.done.notify_all();
  }
}

void ThreadPool::work(Loop& loop, int32_t worker, std::unique_lock<std::mutex>& lock) {
  while (loop.next < loop.count) {
    const int64_t index = loop.next++;
    lock.unlock();
    std::exception_ptr error;
    try {
      (*loop.fn)(index, worker);
    } catch (...) {
      error = std::current_exception();
    }
    lock.lock();
    if (error) {
      if (!loop.error) loop.error = error;
      loop.next = loop.count;
    }
  }
}

}  // namespace tenas
