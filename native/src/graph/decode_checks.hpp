// Limits of an encoded graph, and the checks that decoding is made of.
#pragma once

#include <cstdint>
#include <string>

#include "base/error.hpp"
#include "graph/graph.hpp"

namespace tenas::decode {

inline constexpr int64_t kMaxNodes = 100'000;
inline constexpr int64_t kMaxSlots = 1'000'000;
inline constexpr int64_t kMaxDim = 65'536;
inline constexpr int64_t kMaxTensor = int64_t{1} << 28;
inline constexpr int64_t kMaxTotal = int64_t{1} << 31;
inline constexpr int64_t kMaxWindow = 255;  // kernel, stride, padding, dilation

[[noreturn]] inline void invalid(const std::string& message) {
  throw Error("GRAPH_INVALID", message);
}
[[noreturn]] inline void too_large(const std::string& message) {
  throw Error("GRAPH_TOO_LARGE", message);
}

inline std::string text(int64_t value) {
  return std::to_string(value);
}
inline std::string text(const Shape& s) {
  return "[" + text(s.c) + "," + text(s.h) + "," + text(s.w) + "]";
}

/// Fails unless lowest <= value <= highest; a value above `highest` is well-formed but too large.
inline void check_range(const std::string& what, int64_t value, int64_t lowest, int64_t highest) {
  if (value < lowest) invalid(what + " is " + text(value) + ", at least " + text(lowest) + " is needed");
  if (value > highest) too_large(what + " is " + text(value) + ", the limit is " + text(highest));
}

/// Product of two positive numbers of at most kMaxTensor each, if it is at most kMaxTensor itself.
inline int64_t bounded_product(const std::string& what, int64_t a, int64_t b) {
  if (a * b > kMaxTensor) too_large(what + " holds more than " + text(kMaxTensor) + " values");
  return a * b;
}

}  // namespace tenas::decode
