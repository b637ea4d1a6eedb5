// Places for tensors in an arena whose buffers are reused by liveness.
#pragma once

#include <algorithm>
#include <cstdint>
#include <vector>

namespace tenas::engine {

/// First-fit allocator of places in an arena, in pixels; merges neighbours when one is freed.
class Pool {
 public:
  /// Offset of `size` free pixels.
  int64_t take(int64_t size) {
    for (auto hole = holes_.begin(); hole != holes_.end(); ++hole) {
      if (hole->size < size) continue;
      const int64_t offset = hole->offset;
      hole->offset += size;
      hole->size -= size;
      if (hole->size == 0) holes_.erase(hole);
      return offset;
    }
    int64_t offset = end_;
    if (!holes_.empty() && holes_.back().offset + holes_.back().size == end_) {
      offset = holes_.back().offset;
      holes_.pop_back();
    }
    end_ = offset + size;
    return offset;
  }
  void give(int64_t offset, int64_t size) {
    auto next =
        std::find_if(holes_.begin(), holes_.end(), [&](const Hole& hole) { return hole.offset > offset; });
    next = holes_.insert(next, {offset, size});
    if (const auto after = next + 1; after != holes_.end() && next->offset + next->size == after->offset) {
      next->size += after->size;
      holes_.erase(after);
    }
    if (next != holes_.begin()) {
      const auto before = next - 1;
      if (before->offset + before->size == next->offset) {
        before->size += next->size;
        holes_.erase(next);
      }
    }
  }
  /// Pixels that the arena needs.
  int64_t end() const { return end_; }

 private:
  struct Hole {
    int64_t offset, size;
  };
  std::vector<Hole> holes_;
  int64_t end_ = 0;
};

}  // namespace tenas::engine
