#include "runtime/fault_stack.hpp"

#include <signal.h>
#include <sys/mman.h>

#include <cstddef>

namespace tenas {
namespace {

/// More than the kernel's frame (11 KiB with AMX) and the handlers of Node and of us take.
constexpr size_t kBytes = size_t{64} * 1024;

class FaultStack {
 public:
  FaultStack() {
    stack_t present{};
    if (sigaltstack(nullptr, &present) != 0 || (present.ss_flags & SS_DISABLE) == 0) return;
    void* const memory = mmap(nullptr, kBytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (memory == MAP_FAILED) return;
    stack_t own{};
    own.ss_sp = memory;
    own.ss_size = kBytes;
    if (sigaltstack(&own, nullptr) == 0) {
      memory_ = memory;
    } else {
      munmap(memory, kBytes);
    }
  }

  FaultStack(const FaultStack&) = delete;
  FaultStack& operator=(const FaultStack&) = delete;

  ~FaultStack() {
    stack_t present{};
    if (memory_ == nullptr || sigaltstack(nullptr, &present) != 0) return;
    // Somebody else's by now: theirs stays.
    if (present.ss_sp == memory_) {
      stack_t none{};
      none.ss_flags = SS_DISABLE;
      none.ss_size = kBytes;
      if (sigaltstack(&none, nullptr) != 0) return;
    }
    munmap(memory_, kBytes);
  }

 private:
  void* memory_ = nullptr;
};

}  // namespace

void give_fault_stack() {
  thread_local const FaultStack stack;
}

}  // namespace tenas
