// The task `codes` on the fast engine.
#pragma once

#include <algorithm>
#include <cstring>

#include "base/linear_algebra.hpp"
#include "cpu/task_run.hpp"
#include "kernels/codes.hpp"

namespace tenas::engine::TENAS_ISA {

/// Compares the samples' signs some ReLUs at a time, as soon as these are written; patterns are never kept
/// whole.
template <class L>
class CodesRun final : public TaskRun<L> {
 public:
  using T = typename L::T;
  using Int = typename L::Int;

  explicit CodesRun(const EvaluationScope<L>& scope) : scope_(scope), samples_(scope.repeat.batch) {}

  void begin(int32_t, const Schedule& forward) override {
    schedule_ = &forward;
    different_.assign(samples_ * samples_, 0);
    filled_ = 0;
  }

  void ran(int32_t node) override {
    if (!has_neurons(scope_.plan.graph.nodes[node])) return;
    const Layout& layout = scope_.plan.nodes[node].layout;
    const int32_t plane = layout.h * layout.w;
    const int32_t channels = std::max(1, static_cast<int32_t>(8 * kRowBytes) / plane);
    for (int32_t first = 0; first < layout.c; first += channels) {
      take(node, first, std::min(channels, layout.c - first));
    }
  }

  void passed(int32_t) override {
    compare();
    answer_.neurons = schedule_->neurons;
    answer_.kernel.resize(samples_ * samples_);
    for (size_t i = 0; i < samples_; ++i) {
      for (size_t j = i; j < samples_; ++j) {
        answer_.kernel[i * samples_ + j] = answer_.kernel[j * samples_ + i] =
            static_cast<double>(answer_.neurons - different_[i * samples_ + j]);
      }
    }
  }

  Answer answer() override {
    answer_.log_determinant = log_abs_determinant(answer_.kernel, samples_);
    return std::move(answer_);
  }

 private:
  /// Bits of a sample that are compared at a time: those of a batch fit the second-level cache.
  static constexpr size_t kRowBytes = 1 << 12;
  static constexpr size_t kWordBytes = sizeof(Int), kVectorBytes = sizeof(typename L::V);

  /// Takes some channels of a ReLU that was just written.
  void take(int32_t relu, int32_t first, int32_t channels) {
    const Layout& layout = scope_.plan.nodes[relu].layout;
    const size_t neurons = int64_t{channels} * layout.h * layout.w;
    const size_t words = (neurons + 8 * kWordBytes - 1) / (8 * kWordBytes), bytes = words * kWordBytes;
    const int64_t copies = schedule_->relu_copies[relu];
    if (copies != copies_ || filled_ + bytes > kRowBytes) compare();
    if (filled_ == 0) {
      copies_ = copies;
      // One vector more: rows a power of two apart would share the sets of a cache.
      stride_ = whole_vectors(std::max(bytes, kRowBytes)) + kVectorBytes;
      rows_.reserve(samples_ * stride_);
    }
    packed_.reserve(words * L::width);
    for (int32_t block = 0; block < scope_.repeat.blocks; ++block) {
      BitPacker<L> packer(packed_.data());
      const T* plane = scope_.workspace().forward.activation(relu, block);
      for (int32_t c = first; c < first + channels; ++c) {
        packer.add(plane + c * layout.channel() * L::width, layout.row(), layout.h, layout.w);
      }
      packer.finish();
      for (int32_t lane = 0; lane < scope_.repeat.valid_lanes(block); ++lane) {
        unsigned char* own = row(block * L::width + lane) + filled_;
        for (size_t w = 0; w < words; ++w) {
          const Int word = packed_.data()[w * L::width + lane];
          std::memcpy(own + w * kWordBytes, &word, kWordBytes);
        }
      }
    }
    filled_ += bytes;
  }

  /// Compares what was taken since the last time, sample by sample.
  void compare() {
    if (filled_ == 0) return;
    const size_t bytes = whole_vectors(filled_);
    for (size_t i = 0; i < samples_; ++i) std::fill(row(i) + filled_, row(i) + bytes, 0);
    for (size_t i = 0; i < samples_; ++i) {
      for (size_t j = i + 1; j < samples_; ++j) {
        different_[i * samples_ + j] += copies_ * different_bits<L>(row(i), row(j), bytes);
      }
    }
    filled_ = 0;
  }

  unsigned char* row(size_t sample) { return rows_.data() + sample * stride_; }
  static size_t whole_vectors(size_t bytes) {
    return (bytes + kVectorBytes - 1) / kVectorBytes * kVectorBytes;
  }

  const EvaluationScope<L>& scope_;
  const size_t samples_;
  const Schedule* schedule_ = nullptr;
  Buffer<Int> packed_;          // [word][lane] of one block
  Buffer<unsigned char> rows_;  // [sample][stride_], `filled_` bytes of each so far
  size_t stride_ = 0, filled_ = 0;
  int64_t copies_ = 0;              // of the ReLUs whose bits these are
  std::vector<int64_t> different_;  // [N][N], upper triangle
  CodesAnswer answer_;
};

}  // namespace tenas::engine::TENAS_ISA
