// The task `codes` on the fast engine.
#pragma once

#include "base/linear_algebra.hpp"
#include "cpu/task_run.hpp"
#include "kernels/codes.hpp"

namespace tenas::engine::TENAS_ISA {

/// Compares the samples' signs ReLU by ReLU, as soon as they are written; patterns are never kept whole.
template <class L>
class CodesRun final : public TaskRun<L> {
 public:
  using T = typename L::T;
  using Int = typename L::Int;

  explicit CodesRun(const EvaluationScope<L>& scope) : scope_(scope), samples_(scope.repeat.batch) {}

  void begin(int32_t, const Schedule& forward) override {
    schedule_ = &forward;
    different_.assign(samples_ * samples_, 0);
  }

  void ran(int32_t node) override {
    if (!has_neurons(scope_.plan.graph.nodes[node])) return;
    const Layout& layout = scope_.plan.nodes[node].layout;
    const int32_t plane = layout.h * layout.w;
    const int32_t channels = std::max(1, kNeurons / plane);
    for (int32_t first = 0; first < layout.c; first += channels) {
      compare(node, first, std::min(channels, layout.c - first));
    }
  }

  void passed(int32_t) override {
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
  /// Neurons that are compared at a time: their bits of a batch fit the second-level cache.
  static constexpr int32_t kNeurons = 1 << 15;
  static constexpr size_t kWordBytes = sizeof(Int);

  /// Adds some channels of a ReLU that was just written.
  void compare(int32_t relu, int32_t first, int32_t channels) {
    const Layout& layout = scope_.plan.nodes[relu].layout;
    const size_t neurons = int64_t{channels} * layout.h * layout.w;
    const size_t words = (neurons + 8 * kWordBytes - 1) / (8 * kWordBytes);
    const size_t row = (words * kWordBytes + 7) / 8 * 8;
    packed_.reserve(words * L::width);
    rows_.assign(samples_ * row, 0);
    for (int32_t block = 0; block < scope_.repeat.blocks; ++block) {
      BitPacker<L> packer(packed_.data());
      const T* plane = scope_.workspace().forward.activation(relu, block);
      for (int32_t c = first; c < first + channels; ++c) {
        packer.add(plane + c * layout.channel() * L::width, layout.row(), layout.h, layout.w);
      }
      packer.finish();
      for (int32_t lane = 0; lane < scope_.repeat.valid_lanes(block); ++lane) {
        unsigned char* own = rows_.data() + (block * L::width + lane) * row;
        for (size_t w = 0; w < words; ++w) {
          const Int word = packed_.data()[w * L::width + lane];
          std::memcpy(own + w * kWordBytes, &word, kWordBytes);
        }
      }
    }
    const int64_t copies = schedule_->relu_copies[relu];
    for (size_t i = 0; i < samples_; ++i) {
      for (size_t j = i + 1; j < samples_; ++j) {
        different_[i * samples_ + j] +=
            copies * different_bits(rows_.data() + i * row, rows_.data() + j * row, row);
      }
    }
  }

  const EvaluationScope<L>& scope_;
  const size_t samples_;
  const Schedule* schedule_ = nullptr;
  Buffer<Int> packed_;               // [word][lane] of one block
  std::vector<unsigned char> rows_;  // [sample][bytes]
  std::vector<int64_t> different_;   // [N][N], upper triangle
  CodesAnswer answer_;
};

}  // namespace tenas::engine::TENAS_ISA
