#include "cuda/merged_tapes.hpp"

#include <algorithm>
#include <cstring>

#include "base/error.hpp"

namespace tenas::cuda {
namespace {

constexpr size_t kLargestSteps = 65'535;  // limit of a grid's second and third dimension
constexpr size_t kQueue = 32;             // launches between two looks at the cancel flag
constexpr size_t kAlignment = 256;

/// A launch with its steps still on the host.
struct Pending {
  Launch launch;
  int32_t level = 0;
  size_t offset = 0;  // of its steps
};

template <class K>
void append(std::span<const Tape* const> tapes, std::span<const int64_t> first_term, int32_t items_each,
            std::vector<std::byte>& bytes, std::vector<Pending>& pending) {
  std::vector<std::vector<Work<K>>> by_level;
  for (int32_t k = 0; k < std::ssize(tapes); ++k) {
    for (const Leveled<K>& leveled : tapes[k]->steps<K>()) {
      const size_t level = leveled.level;
      if (level >= by_level.size()) by_level.resize(level + 1);
      Work<K>& work = by_level[level].emplace_back(Work<K>{k * items_each, leveled.step});
      if constexpr (std::is_same_v<K, Combine>) work.step.first_term += first_term[k];
    }
  }
  for (size_t level = 0; level < by_level.size(); ++level) {
    for (size_t first = 0; first < by_level[level].size(); first += kLargestSteps) {
      const size_t count = std::min(kLargestSteps, by_level[level].size() - first);
      const std::span<const Work<K>> works(by_level[level].data() + first, count);
      Pending made;
      made.level = level;
      made.launch.kernel = Kernels::index<K>();
      made.launch.steps = count;
      made.launch.items = items_each;
      int64_t blocks = 0;
      for (const Work<K>& work : works) blocks = std::max(blocks, K::blocks(work.step));
      if (blocks == 0) continue;
      if (blocks > INT32_MAX)
        throw Error("GRAPH_TOO_LARGE", "a kernel launch on the device would be too large");
      made.launch.blocks = blocks;
      made.offset = (bytes.size() + kAlignment - 1) / kAlignment * kAlignment;
      bytes.resize(made.offset + works.size_bytes());
      std::memcpy(bytes.data() + made.offset, works.data(), works.size_bytes());
      pending.push_back(made);
    }
  }
}

template <class... K>
void append_all(KernelList<K...>, std::span<const Tape* const> tapes, std::span<const int64_t> first_term,
                int32_t items_each, std::vector<std::byte>& bytes, std::vector<Pending>& pending) {
  (append<K>(tapes, first_term, items_each, bytes, pending), ...);
}

}  // namespace

MergedTapes::MergedTapes(Device& device, std::span<const Tape* const> tapes, int32_t items_each)
    : device_(device) {
  std::vector<Term> terms;
  std::vector<int64_t> first_term;
  for (const Tape* tape : tapes) {
    first_term.push_back(std::ssize(terms));
    terms.insert(terms.end(), tape->terms.begin(), tape->terms.end());
  }
  std::vector<std::byte> bytes;
  std::vector<Pending> pending;
  append_all(Kernels(), tapes, first_term, items_each, bytes, pending);
  std::stable_sort(pending.begin(), pending.end(),
                   [](const Pending& a, const Pending& b) { return a.level < b.level; });
  work_ = DeviceBuffer<std::byte>(device, std::span<const std::byte>(bytes));
  terms_ = DeviceBuffer<Term>(device, std::span<const Term>(terms));
  for (const Pending& each : pending) {
    launches_.push_back(each.launch);
    launches_.back().work = work_.data() + each.offset;
  }
}

void MergedTapes::run(const Item* items, Tables tables, const std::function<void()>& check) const {
  tables.terms = terms_.data();
  for (size_t i = 0; i < launches_.size(); ++i) {
    Launch launch = launches_[i];
    launch.item = items;
    launch.tables = tables;
    device_.launch(launch);
    if ((i + 1) % kQueue == 0) {
      device_.finish();
      check();
    }
  }
}

}  // namespace tenas::cuda
