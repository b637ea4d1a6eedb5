#include "runtime/thread_pool.hpp"

#include <algorithm>
#include <system_error>

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
  Region region;
  region.count = count;
  region.workers = static_cast<int32_t>(std::min<int64_t>(std::max(workers, 1), std::max<int64_t>(count, 1)));
  region.fn = &fn;
  std::unique_lock lock(mutex_);
  std::list<Region*>::iterator place;
  const bool shared = region.workers > 1;
  if (shared) {
    grow(std::min(region.workers - 1, kMostThreads));
    place = regions_.insert(regions_.end(), &region);
    wake_.notify_all();
  }
  work(region, 0, lock);
  if (shared) {
    regions_.erase(place);
    region.done.wait(lock, [&] { return region.running == 0; });
  }
  if (region.error) std::rethrow_exception(region.error);
}

void ThreadPool::grow(int32_t threads) {
  try {
    while (std::ssize(threads_) < threads) threads_.emplace_back([this] { serve(); });
  } catch (const std::system_error&) {
    // The system refuses more: those there are do all of the work.
  }
}

void ThreadPool::serve() {
  std::unique_lock lock(mutex_);
  for (;;) {
    const auto wanting = std::find_if(regions_.begin(), regions_.end(), [](const Region* region) {
      return region->joined < region->workers && region->next < region->count;
    });
    if (wanting == regions_.end()) {
      wake_.wait(lock);
      continue;
    }
    Region& region = **wanting;
    const int32_t worker = region.joined++;
    ++region.running;
    work(region, worker, lock);
    if (--region.running == 0) region.done.notify_all();
  }
}

void ThreadPool::work(Region& region, int32_t worker, std::unique_lock<std::mutex>& lock) {
  while (region.next < region.count) {
    const int64_t index = region.next++;
    lock.unlock();
    std::exception_ptr error;
    try {
      (*region.fn)(index, worker);
    } catch (...) {
      error = std::current_exception();
    }
    lock.lock();
    if (error) {
      if (!region.error) region.error = error;
      region.next = region.count;
    }
  }
}

}  // namespace tenas
