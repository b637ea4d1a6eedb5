// What both drivers need: how inputs are changed, and how an input ends.
#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <exception>
#include <limits>
#include <map>

#include "base/error.hpp"
#include "fuzz/target.hpp"

namespace tenas::fuzz {
namespace {

constexpr size_t kLongest = 1 << 14;  // words

/// At the edges of types, and of the limits in graph/decode_checks.hpp.
constexpr int32_t kEdges[] = {0,
                              1,
                              -1,
                              2,
                              3,
                              7,
                              8,
                              15,
                              16,
                              17,
                              255,
                              256,
                              65'535,
                              65'536,
                              65'537,
                              100'000,
                              100'001,
                              1'000'000,
                              1 << 20,
                              1 << 28,
                              std::numeric_limits<int32_t>::max(),
                              std::numeric_limits<int32_t>::min()};

int32_t place(const Words& words, test::Random& random) {
  return random.integer(0, static_cast<int32_t>(std::ssize(words)) - 1);
}

void change(Words& words, test::Random& random) {
  const int32_t at = place(words, random);
  const int32_t count = std::min(random.integer(1, 12), static_cast<int32_t>(std::ssize(words)) - at);
  const auto begin = words.begin() + at;
  switch (random.integer(0, 8)) {
    case 0:
    case 1:
      *begin = kEdges[random.integer(0, static_cast<int32_t>(std::ssize(kEdges)) - 1)];
      return;
    case 2:
      add(*begin, random.integer(-3, 3));
      return;
    case 3:
      *begin ^= static_cast<int32_t>(uint32_t{1} << random.integer(0, 31));
      return;
    case 4:
      *begin = any(words, random);
      return;
    case 5:
      std::swap(*begin, any(words, random));
      return;
    case 6:
      words.erase(begin, begin + count);
      return;
    case 7: {
      const Words part(begin, begin + count);
      words.insert(words.begin() + place(words, random), part.begin(), part.end());
      return;
    }
    default:
      words.resize(at);
  }
}

/// How often each outcome came; printed when the process ends.
class Outcomes {
 public:
  void count(const std::string& outcome) { ++times_[outcome]; }
  ~Outcomes() {
    std::string line = "outcomes: {";
    for (const auto& [outcome, times] : times_) {
      line += (line.back() == '{' ? "\"" : ", \"") + outcome + "\": " + std::to_string(times);
    }
    std::printf("%s}\n", line.c_str());
  }

 private:
  std::map<std::string, int64_t> times_;
};

[[noreturn]] void fail(const std::string& problem) {
  std::fprintf(stderr, "failure: %s\n", problem.c_str());
  std::abort();
}

}  // namespace

void require(bool holds, const char* what) {
  if (!holds) fail(what);
}

Words mutated(Words words, test::Random& random) {
  if (words.empty() || random.chance(0.1)) return sample(random);
  for (int32_t left = random.integer(1, 4); left > 0 && !words.empty(); --left) {
    if (random.chance(0.4)) {
      rearrange(words, random);
    } else {
      change(words, random);
    }
  }
  words.resize(std::min(words.size(), kLongest));
  return words;
}

}  // namespace tenas::fuzz

using namespace tenas;
using namespace tenas::fuzz;

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  static Outcomes outcomes;
  // A copy of the exact size, so that a read behind its end is seen.
  Words words(size / sizeof(int32_t));
  if (!words.empty()) std::memcpy(words.data(), data, words.size() * sizeof(int32_t));
  try {
    outcomes.count(read(words));
  } catch (const Error& error) {
    outcomes.count(error.code());
  } catch (const std::exception& error) {
    fail(std::string("an exception without a code: ") + error.what());
  }
  return 0;
}

extern "C" size_t LLVMFuzzerCustomMutator(uint8_t* data, size_t size, size_t most, unsigned int seed) {
  Words words(size / sizeof(int32_t));
  if (!words.empty()) std::memcpy(words.data(), data, words.size() * sizeof(int32_t));
  test::Random random(seed);
  words = mutated(std::move(words), random);
  const size_t bytes = std::min(words.size() * sizeof(int32_t), most);
  if (bytes > 0) std::memcpy(data, words.data(), bytes);
  return bytes;
}

// What the sanitizers are to find besides their own errors: a number of an input that asks for much memory.
extern "C" const char* __asan_default_options() {
  return "max_allocation_size_mb=1024:allocator_may_return_null=0:handle_abort=1:detect_leaks=1";
}
extern "C" const char* __ubsan_default_options() {
  return "print_stacktrace=1:halt_on_error=1";
}
