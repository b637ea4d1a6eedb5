#include "runtime/thread_pool.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <atomic>
#include <mutex>
#include <set>
#include <stdexcept>
#include <string>

using tenas::ThreadPool;

namespace {

/// Fails (by its return value: doctest's macros are slow in threads) unless every index was visited exactly
/// once.
bool visits_each_index_once(int64_t count, int32_t workers) {
  std::vector<std::atomic<int>> visits(count);
  std::vector<std::atomic<int>> busy(workers);
  std::atomic<bool> valid = true;
  ThreadPool::instance().parallel_for(count, workers, [&](int64_t index, int32_t worker) {
    if (index < 0 || index >= count || worker < 0 || worker >= workers) {
      valid = false;
      return;
    }
    // A worker id belongs to one thread at a time: callers keep one workspace for each.
    if (busy[worker]++ != 0) valid = false;
    ++visits[index];
    --busy[worker];
  });
  for (const auto& n : visits) {
    if (n != 1) valid = false;
  }
  return valid;
}

}  // namespace

TEST_CASE("parallel_for visits every index exactly once, on workers in range") {
  for (const int64_t count : {0, 1, 2, 3, 7, 100, 1000}) {
    for (const int32_t workers : {1, 2, 3, 8}) {
      CAPTURE(count);
      CAPTURE(workers);
      CHECK(visits_each_index_once(count, workers));
    }
  }
}

TEST_CASE("one worker is the calling thread") {
  const auto caller = std::this_thread::get_id();
  bool always = true;
  ThreadPool::instance().parallel_for(50, 1, [&](int64_t, int32_t worker) {
    always = always && worker == 0 && std::this_thread::get_id() == caller;
  });
  CHECK(always);
}

TEST_CASE("never more threads than workers") {
  std::mutex mutex;
  std::set<std::thread::id> threads;
  ThreadPool::instance().parallel_for(2000, 8,
                                      [](int64_t, int32_t) {});  // the pool now has more threads than needed
  ThreadPool::instance().parallel_for(2000, 3, [&](int64_t, int32_t) {
    const std::lock_guard lock(mutex);
    threads.insert(std::this_thread::get_id());
  });
  CHECK(threads.size() <= 3);
}

TEST_CASE("an exception stops the loop and reaches the caller") {
  constexpr int64_t count = 10'000;
  for (const int32_t workers : {1, 2, 4}) {
    // Others may do all of the work before the thread that throws is given its turn, so one attempt says
    // little.
    int64_t fewest = count;
    for (int attempt = 0; attempt < 1000 && fewest == count; ++attempt) {
      std::atomic<int64_t> calls = 0;
      const auto run = [&] {
        ThreadPool::instance().parallel_for(count, workers, [&](int64_t index, int32_t) {
          ++calls;
          if (index == 5) throw std::runtime_error("index 5");
        });
      };
      CHECK_THROWS_WITH_AS(run(), "index 5", std::runtime_error);
      CHECK(calls >= 6);
      fewest = std::min(fewest, calls.load());
    }
    CHECK(fewest < count);
    CHECK(visits_each_index_once(100, workers));  // the pool still works
  }
}

TEST_CASE("of several exceptions one reaches the caller") {
  const auto run = [] {
    ThreadPool::instance().parallel_for(64, 4, [](int64_t, int32_t) { throw std::logic_error("no"); });
  };
  CHECK_THROWS_WITH_AS(run(), "no", std::logic_error);
}

TEST_CASE("calls nest") {
  std::atomic<int64_t> sum = 0;
  ThreadPool::instance().parallel_for(6, 3, [&](int64_t outer, int32_t) {
    ThreadPool::instance().parallel_for(10, 3, [&](int64_t inner, int32_t) { sum += 10 * outer + inner; });
  });
  CHECK(sum == 59 * 60 / 2);
}

TEST_CASE("an exception passes through nested calls") {
  const auto run = [] {
    ThreadPool::instance().parallel_for(4, 2, [&](int64_t outer, int32_t) {
      ThreadPool::instance().parallel_for(4, 2, [&](int64_t inner, int32_t) {
        if (outer == 2 && inner == 3) throw std::runtime_error("inner");
      });
    });
  };
  CHECK_THROWS_WITH_AS(run(), "inner", std::runtime_error);
}

TEST_CASE("several threads use the pool at once, nested calls included") {
  std::atomic<int> failures = 0;
  std::vector<std::jthread> callers;
  for (int32_t caller = 0; caller < 4; ++caller) {
    callers.emplace_back([caller, &failures] {
      for (int32_t round = 0; round < 25; ++round) {
        if (!visits_each_index_once(20 + round, 1 + (caller + round) % 4)) ++failures;
        std::atomic<int> sum = 0;
        ThreadPool::instance().parallel_for(5, 3, [&](int64_t, int32_t) {
          ThreadPool::instance().parallel_for(5, 2, [&](int64_t, int32_t) { ++sum; });
        });
        if (sum != 25) ++failures;
      }
    });
  }
  callers.clear();  // joins
  CHECK(failures == 0);
}
