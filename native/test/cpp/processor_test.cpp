// Threads that leave a processor.
#include <doctest/doctest.h>
#include <sched.h>

#include <thread>

#include "runtime/processor.hpp"

using namespace tenas;

namespace {

cpu_set_t allowed_processors() {
  cpu_set_t allowed;
  CPU_ZERO(&allowed);
  REQUIRE(sched_getaffinity(0, sizeof allowed, &allowed) == 0);
  return allowed;
}

}  // namespace

TEST_CASE("a thread that leaves its processor runs on another one, and may still run on all") {
  std::thread([] {
    const cpu_set_t before = allowed_processors();
    // The system may move the thread again at any time.
    bool moved = false;
    for (int attempt = 0; attempt < 100 && !moved; ++attempt) {
      const int processor = current_processor();
      leave_processor(processor);
      moved = current_processor() != processor;
    }
    CHECK(moved == (CPU_COUNT(&before) > 1));
    const cpu_set_t after = allowed_processors();
    CHECK(CPU_EQUAL(&before, &after));
  }).join();
}

TEST_CASE("a thread that may run on one processor alone stays there") {
  std::thread([] {
    const int processor = current_processor();
    cpu_set_t one;
    CPU_ZERO(&one);
    CPU_SET(processor, &one);
    REQUIRE(sched_setaffinity(0, sizeof one, &one) == 0);
    leave_processor(processor);
    CHECK(current_processor() == processor);
    const cpu_set_t after = allowed_processors();
    CHECK(CPU_EQUAL(&one, &after));
  }).join();
}

TEST_CASE("processors that there are not are left alone") {
  const cpu_set_t before = allowed_processors();
  leave_processor(-1);
  leave_processor(1 << 20);
  const cpu_set_t after = allowed_processors();
  CHECK(CPU_EQUAL(&before, &after));
}
