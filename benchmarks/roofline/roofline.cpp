// The peak rates of one core of this machine: single-precision multiply-adds per second in each instruction set, and bytes
// per second read from each level of memory. Prints one JSON object. `roofline [MILLISECONDS]`: time for each figure, default 150.
//
// Each figure is the best of many short trials: a ceiling is what the machine does when nothing disturbs it.
#include <algorithm>
#include <chrono>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <vector>

namespace {

using Clock = std::chrono::steady_clock;

double seconds_since(Clock::time_point start) {
  return std::chrono::duration<double>(Clock::now() - start).count();
}

// Keeps the compiler from dropping or hoisting what produced the value.
template <typename T>
inline __attribute__((always_inline)) void keep(T& value) {
  asm volatile("" : "+m"(value)::"memory");
}

// Chains of dependent multiply-adds: more of them than latency x ports on any core (4 to 5 cycles x 2).
constexpr int chains = 12;

#if defined(__aarch64__)
#define VECTOR_REGISTER "w"
#else
#define VECTOR_REGISTER "v"
#endif

typedef float Lanes4 __attribute__((vector_size(16)));
typedef float Lanes8 __attribute__((vector_size(32)));
typedef float Lanes16 __attribute__((vector_size(64)));

// `x * y + x` in vector types becomes one fused multiply-add where the target has it, and a multiply and an add elsewhere.
template <typename Lanes>
inline __attribute__((always_inline)) void multiply_add_loop(int64_t rounds, float* out) {
  Lanes sums[chains];
  Lanes factor, addend;
  for (size_t lane = 0; lane < sizeof(Lanes) / sizeof(float); lane++) {
    factor[lane] = 0.999f;
    addend[lane] = 0.001f;
  }
  for (int c = 0; c < chains; c++) sums[c] = addend * static_cast<float>(c + 1);
  for (int64_t round = 0; round < rounds; round++) {
#pragma GCC unroll 12
    for (int c = 0; c < chains; c++) sums[c] = sums[c] * factor + addend;
    // Values that the compiler cannot foresee keep the rounds from being merged.
    asm volatile("" : "+" VECTOR_REGISTER(factor), "+" VECTOR_REGISTER(addend));
  }
  for (int c = 1; c < chains; c++) sums[0] = sums[0] + sums[c];
  std::memcpy(out, &sums[0], sizeof(float));
}

template <typename Lanes>
inline __attribute__((always_inline)) float read_loop(const float* data, int64_t count, int64_t passes) {
  constexpr int streams = 8;
  constexpr int64_t lanes = sizeof(Lanes) / sizeof(float);
  Lanes sums[streams] = {};
  for (int64_t pass = 0; pass < passes; pass++) {
    for (int64_t i = 0; i < count; i += streams * lanes) {
#pragma GCC unroll 8
      for (int s = 0; s < streams; s++) {
        sums[s] = sums[s] + *reinterpret_cast<const Lanes*>(data + i + s * lanes);
      }
    }
    asm volatile("" : : "r"(data) : "memory");
  }
  for (int s = 1; s < streams; s++) sums[0] = sums[0] + sums[s];
  return sums[0][0];
}

struct KernelSet {
  const char* name;
  int lanes;
  bool available;
  void (*multiply_add)(int64_t rounds, float* out);
  float (*read)(const float* data, int64_t count, int64_t passes);
};

#if defined(__x86_64__)
#define TARGET_AVX512 __attribute__((target("avx512f,fma"), noinline))
#define TARGET_AVX2 __attribute__((target("avx2,fma"), noinline))
TARGET_AVX512 void multiply_add_avx512(int64_t rounds, float* out) { multiply_add_loop<Lanes16>(rounds, out); }
TARGET_AVX512 float read_avx512(const float* data, int64_t count, int64_t passes) {
  return read_loop<Lanes16>(data, count, passes);
}
TARGET_AVX2 void multiply_add_avx2(int64_t rounds, float* out) { multiply_add_loop<Lanes8>(rounds, out); }
TARGET_AVX2 float read_avx2(const float* data, int64_t count, int64_t passes) {
  return read_loop<Lanes8>(data, count, passes);
}
#endif
// Four lanes: on x86 without fused multiply-adds.
__attribute__((noinline)) void multiply_add_generic(int64_t rounds, float* out) { multiply_add_loop<Lanes4>(rounds, out); }
__attribute__((noinline)) float read_generic(const float* data, int64_t count, int64_t passes) {
  return read_loop<Lanes4>(data, count, passes);
}

std::vector<KernelSet> kernel_sets() {
  std::vector<KernelSet> sets;
#if defined(__x86_64__)
  __builtin_cpu_init();
  sets.push_back({"avx512", 16, __builtin_cpu_supports("avx512f") != 0, multiply_add_avx512, read_avx512});
  sets.push_back(
      {"avx2", 8, __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma"), multiply_add_avx2, read_avx2});
#endif
  sets.push_back({"generic", 4, true, multiply_add_generic, read_generic});
  return sets;
}

// Work per second in the best of the trials that fit into `budget` seconds, at least three.
template <typename Run>
double best_rate(double budget, double work, Run run) {
  run();
  double best = 0;
  const auto start = Clock::now();
  for (int trial = 0; trial < 3 || seconds_since(start) < budget; trial++) {
    const auto begin = Clock::now();
    run();
    best = std::max(best, work / seconds_since(begin));
  }
  return best;
}

double peak_gflops(const KernelSet& set, double budget) {
  constexpr int64_t rounds = 200'000;
  float sink = 0;
  const double flops = 2.0 * rounds * chains * set.lanes;
  return best_rate(budget, flops, [&] {
           set.multiply_add(rounds, &sink);
           keep(sink);
         }) /
         1e9;
}

double read_gigabytes(const KernelSet& set, size_t bytes, double budget) {
  // Whole unrolled steps of the widest set.
  const int64_t count = static_cast<int64_t>(bytes / 512 * 512 / sizeof(float));
  auto* data = static_cast<float*>(std::aligned_alloc(4096, (count * sizeof(float) + 4095) / 4096 * 4096));
  if (data == nullptr) return 0;
  std::fill(data, data + count, 1e-3f);
  const double each = static_cast<double>(count) * sizeof(float);
  const int64_t passes = std::max<int64_t>(1, static_cast<int64_t>(8e6 / each));
  float sink = 0;
  const double rate = best_rate(budget, each * passes, [&] {
    sink += set.read(data, count, passes);
    keep(sink);
  });
  std::free(data);
  return rate / 1e9;
}

// Bytes of a cache of the first core as the kernel reports it, or 0.
size_t cache_bytes(int level) {
  for (int index = 0; index < 8; index++) {
    char path[128], text[64] = {}, type[32] = {};
    const auto read = [&](const char* what, char* into, int size) {
      std::snprintf(path, sizeof path, "/sys/devices/system/cpu/cpu0/cache/index%d/%s", index, what);
      std::FILE* file = std::fopen(path, "r");
      if (file == nullptr) return false;
      const bool ok = std::fgets(into, size, file) != nullptr;
      std::fclose(file);
      return ok;
    };
    if (!read("level", text, sizeof text) || std::atoi(text) != level) continue;
    if (!read("type", type, sizeof type) || std::strncmp(type, "Instruction", 11) == 0) continue;
    if (!read("size", text, sizeof text)) continue;
    char* unit = nullptr;
    const size_t amount = std::strtoul(text, &unit, 10);
    return amount * (*unit == 'M' ? 1024 * 1024 : *unit == 'K' ? 1024 : 1);
  }
  return 0;
}

}  // namespace

int main(int argc, char** argv) {
  const double budget = (argc > 1 ? std::max(1, std::atoi(argv[1])) : 150) / 1000.0;
  const std::vector<KernelSet> sets = kernel_sets();
  std::printf("{\"peak\":[");
  const KernelSet* best = nullptr;
  double best_peak = 0;
  bool first = true;
  for (const KernelSet& set : sets) {
    if (!set.available) continue;
    const double peak = peak_gflops(set, budget);
    if (peak > best_peak) {
      best_peak = peak;
      best = &set;
    }
    std::printf("%s{\"isa\":\"%s\",\"lanes\":%d,\"gflops\":%.2f}", first ? "" : ",", set.name, set.lanes, peak);
    first = false;
  }
  // Half a cache is sure to stay in it; where a size is not known, a usual one.
  const size_t l1 = cache_bytes(1) ? cache_bytes(1) : 32 << 10;
  const size_t l2 = cache_bytes(2) ? cache_bytes(2) : 512 << 10;
  const size_t l3 = cache_bytes(3) ? cache_bytes(3) : 8 << 20;
  // Cores share the third level: 1/8 of it, but clearly more than the second holds.
  const size_t in_l3 = std::min(l3 / 2, std::max(l3 / 8, 4 * l2));
  const size_t in_memory = std::min<size_t>(std::max<size_t>(4 * l3, 256 << 20), 1024u << 20);
  const struct {
    const char* name;
    size_t cache, bytes;
  } levels[] = {{"L1", l1, l1 / 2}, {"L2", l2, l2 / 2}, {"L3", l3, in_l3}, {"DRAM", 0, in_memory}};
  std::printf("],\"read\":[");
  first = true;
  for (const auto& level : levels) {
    std::printf("%s{\"level\":\"%s\",\"cacheBytes\":%zu,\"workingSetBytes\":%zu,\"gigabytesPerSecond\":%.2f}", first ? "" : ",",
                level.name, level.cache, level.bytes, read_gigabytes(*best, level.bytes, budget));
    first = false;
  }
  std::printf("]}\n");
  return 0;
}
