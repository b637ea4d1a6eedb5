// The steps of a backward pass as they are written, with what all operations need for that.
#pragma once

#include <utility>
#include <vector>

#include "cuda/layout.hpp"
#include "cuda/tape.hpp"

namespace tenas::cuda {

/// A gradient as a chain's next operation reads it.
struct Source {
  Tensor tensor;
  int32_t id = 0;  // resource
};

/// How an operation's gradient by its input comes about: `factor` times that by its output, to a buffer.
struct Passage {
  Source source;
  float factor = 1;
  int32_t out = -1;
  bool accumulate = false;
};

/// Writes steps whose resources are buffers of gradients, and what else the caller numbers.
class GradientWriter {
 public:
  /// `by_direction`: lanes are output directions, so activations are read one sample after the other.
  GradientWriter(const DeviceLayout& layout, GradientBuffers& buffers, bool by_direction)
      : layout_(layout), buffers_(buffers), by_direction_(by_direction) {
    buffers.reset();
  }

  const DeviceLayout& layout() const { return layout_; }
  GradientBuffers& buffers() { return buffers_; }
  Levels& levels() { return levels_; }
  Tape take() { return std::move(tape_); }

  const Node& node(int32_t v) const { return layout_.node(v); }
  int32_t input(int32_t v, size_t k = 0) const { return layout_.canonical(node(v).inputs[k]); }
  const engine::Layout& input_layout(int32_t v) const { return layout_.tensor_layout(input(v)); }
  Rows rows(const Shape& shape) const { return {buffers_.units(), shape.c, shape.h}; }
  /// An activation as this pass reads it.
  Tensor activation(int32_t v) const {
    return by_direction_ ? layout_.sample_major(v) : layout_.activation(v);
  }

  template <class K>
  void add(int32_t level, const typename K::Step& step) {
    tape_.add<K>(level, step);
  }
  /// Adds the kernel for how this pass reads activations.
  template <template <class> class K, class Step>
  void add_by_access(int32_t level, const Step& step) {
    if (by_direction_) {
      tape_.add<K<BroadcastAccess>>(level, step);
    } else {
      tape_.add<K<LaneAccess>>(level, step);
    }
  }
  /// Adds a step that reads one gradient and writes another.
  template <template <class> class K, class Step>
  void add_passage(const Passage& passage, const Step& step) {
    add_by_access<K>(level_of(passage), step);
  }
  int32_t level_of(const Passage& passage) { return levels_.claim({passage.source.id}, {passage.out}); }

  /// Copies, or adds, a gradient of a shape to a tensor of resource `out`; `drop_path` as in CopyStep.
  void copy(const Source& source, float factor, const Shape& shape, const Tensor& to, int32_t out,
            bool accumulate, int64_t drop_path = -1) {
    CopyStep step;
    step.in = source.tensor;
    step.out = to;
    step.shape = rows(shape);
    step.cols = shape.w;
    step.factor = factor;
    step.accumulate = accumulate;
    step.drop_path = drop_path;
    tape_.add<Copy>(levels_.claim({source.id}, {out}), step);
  }

  /// A buffer until `free_scratch`.
  int32_t scratch(const engine::Layout& layout) {
    scratch_.push_back(buffers_.take(layout));
    return scratch_.back();
  }
  void free_scratch() {
    for (const int32_t buffer : scratch_) buffers_.give(buffer);
    scratch_.clear();
  }

 private:
  const DeviceLayout& layout_;
  GradientBuffers& buffers_;
  const bool by_direction_;
  std::vector<int32_t> scratch_;
  Levels levels_;
  Tape tape_;
};

}  // namespace tenas::cuda
