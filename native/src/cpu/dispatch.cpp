// Picks the instruction set at load time.
#include <string>

#include "base/error.hpp"
#include "cpu/isa.hpp"

namespace tenas::engine {
namespace {

struct Isa {
  std::string_view name;
  int32_t lanes;
  bool (*supported)();
  std::unique_ptr<Engine> (*make)(const Plan&);
};

#if defined(__aarch64__)
constexpr std::string_view kBaseline = "neon";
#else
constexpr std::string_view kBaseline = "generic";
#endif

#if defined(TENAS_X86)
constexpr std::string_view kDoubleAvx2 = "double-avx2";

bool has_avx2() {
  return __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma");
}
#endif

constexpr Isa kIsas[] = {
#if defined(TENAS_X86)
    {"avx512", 16,
     [] {
       return __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512dq") &&
              __builtin_cpu_supports("avx512vl") && __builtin_cpu_supports("avx512bw");
     },
     &make_engine_avx512},
    {"avx2", 8, &has_avx2, &make_engine_avx2},
#endif
    {kBaseline, 4, [] { return true; }, &make_engine_generic},
};

}  // namespace

std::vector<std::string_view> available_isas() {
  std::vector<std::string_view> names;
  for (const Isa& isa : kIsas) {
    if (isa.supported()) names.push_back(isa.name);
  }
  return names;
}

int32_t isa_lanes(std::string_view name) {
  for (const Isa& isa : kIsas) {
    if (isa.name == name) return isa.lanes;
  }
  return 0;
}

std::string_view isa_for_one() {
#if defined(TENAS_X86)
  if (has_avx2()) return "avx2";
#endif
  return available_isas()[0];
}

std::string_view isa_of_double([[maybe_unused]] std::string_view isa) {
#if defined(TENAS_X86)
  if (isa != kBaseline && has_avx2()) return kDoubleAvx2;
#endif
  return "double";
}

std::unique_ptr<Engine> make_engine(const Plan& plan, std::string_view name) {
#if defined(TENAS_X86)
  if (name == kDoubleAvx2 && has_avx2()) return make_engine_double_avx2(plan);
#endif
  if (name == "double") return make_engine_double(plan);
  for (const Isa& isa : kIsas) {
    if ((name.empty() || isa.name == name) && isa.supported()) return isa.make(plan);
  }
  std::string known;
  for (const std::string_view available : available_isas())
    known += (known.empty() ? "" : ", ") + std::string(available);
  throw Error("ISA_UNAVAILABLE",
              "instruction set '" + std::string(name) + "' is not available; this machine has: " + known);
}

}  // namespace tenas::engine
