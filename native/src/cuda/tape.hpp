// The work of one candidate as steps of device kernels, each on a level: steps of a level depend on earlier
// levels only, so that all of a kernel's steps of one level, of all candidates, make one launch.
#pragma once

#include <initializer_list>
#include <tuple>
#include <vector>

#include "cuda/kernel_list.hpp"

namespace tenas::cuda {

template <class K>
struct Leveled {
  int32_t level = 0;
  typename K::Step step;
};
template <class K>
using LeveledSteps = std::vector<Leveled<K>>;

/// Assigns levels by what steps read and write. Resources are numbered by the caller.
class Levels {
 public:
  using Ids = std::initializer_list<int32_t>;
  /// The earliest level at which every read-after-write, write-after-read and write-after-write dependency is
  /// satisfied.
  int32_t claim(std::span<const int32_t> reads, Ids writes);
  int32_t claim(Ids reads, Ids writes) { return claim(std::span(reads.begin(), reads.size()), writes); }

 private:
  struct Use {
    int32_t written = -1, read = -1;
  };
  Use& use(int32_t resource);
  std::vector<Use> uses_;
};

class Tape {
 public:
  template <class K>
  void add(int32_t level, const typename K::Step& step) {
    std::get<LeveledSteps<K>>(steps_).push_back({level, step});
    levels_ = std::max(levels_, level + 1);
  }
  template <class K>
  const LeveledSteps<K>& steps() const {
    return std::get<LeveledSteps<K>>(steps_);
  }
  int32_t levels() const { return levels_; }

  std::vector<Term> terms;  // of the tape's Combine steps

 private:
  Kernels::Tuple<LeveledSteps> steps_;
  int32_t levels_ = 0;
};

}  // namespace tenas::cuda
