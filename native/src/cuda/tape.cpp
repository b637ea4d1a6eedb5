#include "cuda/tape.hpp"

namespace tenas::cuda {

Levels::Use& Levels::use(int32_t resource) {
  const size_t index = resource;
  if (index >= uses_.size()) uses_.resize(index + 1);
  return uses_[index];
}

int32_t Levels::claim(std::span<const int32_t> reads, Ids writes) {
  int32_t level = 0;
  for (const int32_t id : reads) level = std::max(level, use(id).written + 1);
  for (const int32_t id : writes) level = std::max({level, use(id).written + 1, use(id).read + 1});
  for (const int32_t id : reads) use(id).read = std::max(use(id).read, level);
  for (const int32_t id : writes) use(id).written = level;
  return level;
}

}  // namespace tenas::cuda
