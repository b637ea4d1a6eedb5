// Tensors of random signs, for estimates by random projections (Rademacher variables).
#pragma once

#include <cstdint>
#include <variant>
#include <vector>

#include "base/philox.hpp"

namespace tenas {

/// A pure function of the seed, the tensor's number and the place of the element.
struct DrawnSigns {
  uint64_t seed = 0;
};
/// Drawn, or given: the tensors one after the other.
using Signs = std::variant<DrawnSigns, std::vector<float>>;

/// Tensor `which` of `size` values. Given ones begin at `offset`.
inline std::vector<double> signs_of(const Signs& signs, uint32_t which, int64_t offset, int64_t size) {
  if (const auto* given = std::get_if<std::vector<float>>(&signs)) {
    return {given->begin() + offset, given->begin() + offset + size};
  }
  constexpr int64_t kBits = 128;  // of a number of Philox
  const uint64_t seed = std::get<DrawnSigns>(signs).seed;
  std::vector<double> values;
  values.reserve(size);
  for (int64_t first = 0; first < size; first += kBits) {
    const auto block = static_cast<uint64_t>(first / kBits);
    const auto random =
        philox4x32({static_cast<uint32_t>(block), static_cast<uint32_t>(block >> 32), which, 0},
                   {static_cast<uint32_t>(seed), static_cast<uint32_t>(seed >> 32)});
    for (int64_t i = 0; i < kBits && first + i < size; ++i) {
      values.push_back((random[i / 32] >> (i % 32) & 1) != 0 ? 1.0 : -1.0);
    }
  }
  return values;
}

}  // namespace tenas
