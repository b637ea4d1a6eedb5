#include "support/host_device.hpp"

#include <algorithm>
#include <numeric>

#include "base/error.hpp"
#include "cuda/kernel_list.hpp"

#if defined(__SANITIZE_ADDRESS__)
#include <sanitizer/asan_interface.h>
#else
#define ASAN_POISON_MEMORY_REGION(memory, bytes) ((void)(memory), (void)(bytes))
#define ASAN_UNPOISON_MEMORY_REGION(memory, bytes) ((void)(memory), (void)(bytes))
#endif

namespace tenas::test {
namespace {

constexpr size_t kZone = 256;             // bytes before and after every allocation
constexpr unsigned char kPattern = 0xff;  // as a float: NaN, so that reading a guard zone shows as well

/// Copies across guard zones, which are poisoned.
__attribute__((no_sanitize("address"), noinline)) void copy_all(unsigned char* to, const unsigned char* from,
                                                                size_t bytes) {
  for (size_t i = 0; i < bytes; ++i) to[i] = from[i];
}
__attribute__((no_sanitize("address"), noinline)) void fill_all(unsigned char* to, unsigned char value,
                                                                size_t bytes) {
  for (size_t i = 0; i < bytes; ++i) to[i] = value;
}
__attribute__((no_sanitize("address"), noinline)) bool holds_pattern(const unsigned char* memory,
                                                                     size_t bytes) {
  for (size_t i = 0; i < bytes; ++i) {
    if (memory[i] != kPattern) return false;
  }
  return true;
}

template <class K, int Phase>
void run_phases(std::span<const int32_t> order, const cuda::Thread& block, const cuda::Tables& tables,
                const typename K::Step& step, const cuda::Item& item, std::vector<typename K::State>& states,
                unsigned char* shared) {
  const size_t turn = order.size() / K::kPhases * Phase;
  for (size_t i = 0; i < order.size(); ++i) {
    cuda::Thread thread = block;
    thread.index = order[(i + turn) % order.size()];
    K::template run<Phase>(thread, tables, step, item, states[thread.index], shared);
  }
  if constexpr (Phase + 1 < K::kPhases)
    run_phases<K, Phase + 1>(order, block, tables, step, item, states, shared);
}

}  // namespace

template <class T>
void HostDevice::shuffle(std::vector<T>& values) {
  for (size_t i = values.size(); i > 1; --i) std::swap(values[i - 1], values[random_.bits() % i]);
}

template <class K>
void HostDevice::run(const cuda::Launch& launch) {
  const auto* work = static_cast<const cuda::Work<K>*>(launch.work);
  std::vector<uint64_t> blocks(uint64_t{launch.blocks} * launch.steps * launch.items);
  std::iota(blocks.begin(), blocks.end(), 0u);
  shuffle(blocks);
  std::vector<int32_t> order(K::kThreads);
  std::iota(order.begin(), order.end(), 0);
  const auto shared = std::make_unique<unsigned char[]>(K::kShared + kZone);
  unsigned char* const zone = shared.get() + K::kShared;
  fill_all(zone, kPattern, kZone);
  ASAN_POISON_MEMORY_REGION(zone, kZone);
  for (const uint64_t index : blocks) {
    cuda::Thread block;
    block.block = static_cast<int32_t>(index % launch.blocks);
    const cuda::Work<K>& own = work[index / launch.blocks % launch.steps];
    const cuda::Item& item =
        launch.item[static_cast<uint64_t>(own.first_item) + index / launch.blocks / launch.steps];
    shuffle(order);
    std::fill_n(shared.get(), K::kShared, kPattern);
    std::vector<typename K::State> states(K::kThreads);
    run_phases<K, 0>(order, block, launch.tables, own.step, item, states, shared.get());
  }
  ASAN_UNPOISON_MEMORY_REGION(zone, kZone);
  if (!holds_pattern(zone, kZone)) ++broken_;
}

void HostDevice::launch(const cuda::Launch& launch) {
  ++launches_[launch.kernel];
  const auto dispatch = [&]<class... K>(cuda::KernelList<K...>) {
    size_t index = 0;
    ((index++ == launch.kernel ? run<K>(launch) : void()), ...);
  };
  dispatch(cuda::Kernels());
}

void* HostDevice::allocate(size_t bytes) {
  if (bytes > free_bytes()) throw Error("OUT_OF_MEMORY", "the host executor has no room for this");
  auto memory = std::make_unique<unsigned char[]>(bytes + 2 * kZone);
  unsigned char* const first = memory.get() + kZone;
  Allocation& made = allocations_[first];
  made.memory = std::move(memory);
  made.bytes = bytes;
  protect(made, made.memory.get(), kZone);
  protect(made, first + bytes, kZone);
  allocated_ += bytes;
  peak_ = std::max(peak_, allocated_);
  return first;
}

HostDevice::Allocation& HostDevice::owner(const void* memory) {
  auto* const byte = const_cast<unsigned char*>(static_cast<const unsigned char*>(memory));
  return std::prev(allocations_.upper_bound(byte))->second;
}

void HostDevice::protect(Allocation& allocation, unsigned char* memory, size_t bytes) {
  allocation.guards.push_back({memory, bytes});
  fill_all(memory, kPattern, bytes);
  ASAN_POISON_MEMORY_REGION(memory, bytes);
}

void HostDevice::guard(void* memory, size_t bytes) {
  protect(owner(memory), static_cast<unsigned char*>(memory), bytes);
}

void HostDevice::check(const Allocation& allocation) {
  for (const auto& [memory, bytes] : allocation.guards) {
    if (!holds_pattern(memory, bytes)) ++broken_;
  }
}

void HostDevice::finish() {
  for (const auto& [first, allocation] : allocations_) check(allocation);
  if (broken_ > 0) throw Error("CUDA_FAILED", "a kernel wrote to a guard zone");
}

void HostDevice::release(void* memory) noexcept {
  const auto found = allocations_.find(static_cast<unsigned char*>(memory));
  if (found == allocations_.end()) return;
  check(found->second);
  for (const auto& [start, bytes] : found->second.guards) ASAN_UNPOISON_MEMORY_REGION(start, bytes);
  allocated_ -= found->second.bytes;
  allocations_.erase(found);
}

void HostDevice::zero(void* memory, size_t bytes) {
  fill_all(static_cast<unsigned char*>(memory), 0, bytes);
  for (const auto& [start, size] : owner(memory).guards) fill_all(start, kPattern, size);
}

void HostDevice::upload(void* to, const void* from, size_t bytes) {
  if (bytes > 0) copy_all(static_cast<unsigned char*>(to), static_cast<const unsigned char*>(from), bytes);
}

void HostDevice::download(void* to, const void* from, size_t bytes) {
  if (bytes > 0) copy_all(static_cast<unsigned char*>(to), static_cast<const unsigned char*>(from), bytes);
}

HostDevice::~HostDevice() {
  for (auto& [first, allocation] : allocations_) {
    for (const auto& [start, bytes] : allocation.guards) ASAN_UNPOISON_MEMORY_REGION(start, bytes);
  }
}

}  // namespace tenas::test
