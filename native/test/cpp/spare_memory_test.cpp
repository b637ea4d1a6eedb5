#include "cpu/spare_memory.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <atomic>
#include <cstdint>
#include <cstring>
#include <random>
#include <thread>
#include <utility>
#include <vector>

#include "base/error.hpp"
#include "cpu/buffer.hpp"

using namespace tenas::engine;

TEST_CASE("blocks are as large as asked for and aligned, also those that come back") {
  std::mt19937_64 random(3);
  std::vector<MemoryBlock> held;
  for (int round = 0; round < 400; ++round) {
    const size_t bytes = random() % (size_t{3} << (random() % 21)) + 1;
    CAPTURE(bytes);
    held.push_back(take_block(bytes));
    const MemoryBlock& block = held.back();
    REQUIRE(block.bytes >= bytes);
    CHECK(reinterpret_cast<uintptr_t>(block.memory.get()) % 64 == 0);
    std::memset(block.memory.get(), static_cast<int>(held.size()), block.bytes);
    if (held.size() < 8) continue;
    const size_t which = random() % held.size();
    give_block(std::exchange(held[which], std::move(held.back())));
    held.pop_back();
  }
}

#if !defined(TENAS_WATCHED_ADDRESSES)
TEST_CASE("a block serves those who ask for about as much") {
  constexpr size_t kSize = 7'000'000;
  MemoryBlock block = take_block(kSize);
  const std::byte* const place = block.memory.get();
  const size_t bytes = block.bytes;
  give_block(std::move(block));
  const MemoryBlock smaller = take_block(kSize / 2), larger = take_block(kSize * 2);
  CHECK(smaller.memory.get() != place);
  CHECK(larger.memory.get() != place);
  const MemoryBlock again = take_block(kSize - kSize / 10);
  CHECK(again.memory.get() == place);
  CHECK(again.bytes == bytes);
}
#endif

TEST_CASE("no two hold a block at a time, on any thread") {
  std::vector<std::thread> threads;
  std::atomic<int> spoiled = 0;
  for (int id = 0; id < 4; ++id) {
    threads.emplace_back([&spoiled, id] {
      for (int round = 0; round < 300; ++round) {
        MemoryBlock block = take_block((1 + round % 3) * 40'000);
        const std::byte mark{static_cast<unsigned char>(id)};
        std::fill_n(block.memory.get(), 40'000, mark);
        std::this_thread::yield();
        spoiled +=
            static_cast<int>(40'000 - std::count(block.memory.get(), block.memory.get() + 40'000, mark));
        give_block(std::move(block));
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  CHECK(spoiled == 0);
}

TEST_CASE("what no machine has is refused with a code") {
  try {
    take_block(size_t{1} << 60);
    FAIL("2^60 bytes were given");
  } catch (const tenas::Error& error) {
    CHECK(error.code() == "OUT_OF_MEMORY");
  }
}

TEST_CASE("a buffer keeps its contents where it is large enough, and moves") {
  Buffer<float> buffer;
  CHECK(buffer.capacity() == 0);
  CHECK(buffer.reserve(10'000));
  buffer.zero(10'000);
  buffer.data()[9'999] = 7;
  CHECK_FALSE(buffer.reserve(10'000));
  Buffer<float> other = std::move(buffer);
  CHECK(buffer.data() == nullptr);
  CHECK(buffer.capacity() == 0);
  CHECK(other.data()[9'999] == 7);
  buffer = std::move(other);
  CHECK(buffer.data()[9'999] == 7);
  CHECK(buffer.reserve(100'000));
  CHECK(buffer.capacity() >= 100'000);
}
