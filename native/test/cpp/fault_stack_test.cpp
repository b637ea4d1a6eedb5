#include "runtime/fault_stack.hpp"

#include <doctest/doctest.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <thread>

#include "runtime/thread_pool.hpp"

namespace {

bool has_stack() {
  stack_t present{};
  return sigaltstack(nullptr, &present) == 0 && (present.ss_flags & SS_DISABLE) == 0;
}

volatile bool goes_on = true;

/// Uses up any stack. Each call reads what the one before it wrote, so that none is made a loop.
__attribute__((noinline)) int endless(volatile const char* before) {
  volatile char room[4096];
  room[0] = static_cast<char>(before[0] + 1);
  return goes_on ? endless(room) + room[0] : 0;
}

constexpr int kHandled = 7;

void on_fault(int) {
  _exit(kHandled);
}

/// How a process ends whose only thread overflows its stack, with a handler of ours.
int end_of_overflow(bool with_stack) {
  const pid_t child = fork();
  if (child == 0) {
    const rlimit little{1 << 20, 1 << 20};
    setrlimit(RLIMIT_STACK, &little);
    stack_t none{};
    none.ss_flags = SS_DISABLE;
    sigaltstack(&none, nullptr);
    if (with_stack) tenas::give_fault_stack();
    struct sigaction ours {};
    ours.sa_handler = on_fault;
    ours.sa_flags = SA_ONSTACK;
    sigaction(SIGSEGV, &ours, nullptr);
    sigaction(SIGBUS, &ours, nullptr);
    const char first = 0;
    _exit(endless(&first) == 0 ? 1 : 2);
  }
  int status = 0;
  REQUIRE(waitpid(child, &status, 0) == child);
  return status;
}

}  // namespace

TEST_CASE("a handler hears of a stack that overflowed where the thread has another") {
  const int alone = end_of_overflow(false);
  CHECK(WIFSIGNALED(alone));
  const int handled = end_of_overflow(true);
  REQUIRE(WIFEXITED(handled));
  CHECK(WEXITSTATUS(handled) == kHandled);
}

TEST_CASE("threads of the pool have a stack for faults, and a thread that ends gives its own back") {
  std::atomic<int> without = 0;
  tenas::ThreadPool::instance().parallel_for(200, 4, [&](int64_t, int32_t worker) {
    if (worker > 0 && !has_stack()) ++without;
  });
  CHECK(without == 0);
  // Any number of threads, one after another.
  for (int run = 0; run < 100; ++run) {
    std::thread([&] {
      tenas::give_fault_stack();
      tenas::give_fault_stack();
      if (!has_stack()) ++without;
    }).join();
  }
  CHECK(without == 0);
}
