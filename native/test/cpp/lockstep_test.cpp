// Parts in lockstep on the pool's threads.
#include <doctest/doctest.h>

#include <atomic>
#include <stdexcept>
#include <vector>

#include "base/lockstep.hpp"
#include "runtime/thread_pool.hpp"

using namespace tenas;

namespace {

ParallelFor on_threads(int32_t threads) {
  return [threads](int64_t count, const std::function<void(int64_t, int32_t)>& fn) {
    ThreadPool::instance().parallel_for(count, threads, fn);
  };
}

}  // namespace

TEST_CASE("a stretch begins when all parts of the one before are done and joined") {
  for (const int32_t threads : {1, 2, 3, 7}) {
    CAPTURE(threads);
    constexpr int64_t kParts = 5, kStretches = 300;
    std::vector<int64_t> reached(kParts, 0);
    std::atomic<bool> ordered = true;
    int64_t joined = 0;
    run_lockstep(
        on_threads(threads), kParts, kStretches,
        [&](int64_t stretch, int64_t part) {
          if (joined != stretch || reached[part] != stretch) ordered = false;
          reached[part] = stretch + 1;
        },
        [&](int64_t stretch) {
          for (const int64_t each : reached) {
            if (each != stretch + 1) ordered = false;
          }
          joined = stretch + 1;
        });
    CHECK(ordered);
    CHECK(joined == kStretches);
  }
}

TEST_CASE("a thread begins with the parts that it ran last") {
  std::vector<int64_t> order;
  run_lockstep(
      run_serially, 3, 3, [&](int64_t, int64_t part) { order.push_back(part); }, [](int64_t) {});
  CHECK(order == std::vector<int64_t>{0, 1, 2, 2, 1, 0, 0, 1, 2});
}

TEST_CASE("an exception in a part or a join ends the lockstep") {
  for (const int32_t threads : {1, 3}) {
    std::atomic<int64_t> begun = 0;
    const auto fail = [&](int64_t stretch, int64_t part) {
      ++begun;
      if (stretch == 2 && part == 1) throw std::runtime_error("part");
    };
    CHECK_THROWS_WITH(run_lockstep(on_threads(threads), 4, 100, fail, [](int64_t) {}), "part");
    CHECK(begun <= 12);
    CHECK_THROWS_WITH(run_lockstep(
                          on_threads(threads), 4, 100, [](int64_t, int64_t) {},
                          [](int64_t) { throw std::runtime_error("join"); }),
                      "join");
  }
}

TEST_CASE("a lockstep of nothing is over at once") {
  run_lockstep(
      on_threads(2), 3, 0, [](int64_t, int64_t) { FAIL("work"); }, [](int64_t) { FAIL("join"); });
}
