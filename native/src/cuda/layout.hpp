// Where the tensors of an evaluation lie on the device: fixed places for activations, buffers reused by
// liveness for gradients, and the tables that kernels share.
#pragma once

#include <utility>
#include <vector>

#include "cuda/kernel_list.hpp"
#include "plan/plan.hpp"

namespace tenas::cuda {

/// The layout of a memory area that every item has: tensors follow one another, with guard zones between
/// them in tests.
class AreaLayout {
 public:
  explicit AreaLayout(int64_t guard = 0) : guard_(guard) {}
  /// Offset of `values` more values.
  int64_t take(int64_t values);
  int64_t size() const { return size_; }
  /// Offset and length of every guard zone.
  const std::vector<std::pair<int64_t, int64_t>>& gaps() const { return gaps_; }

 private:
  int64_t guard_, size_ = 0;
  std::vector<std::pair<int64_t, int64_t>> gaps_;
};

/// Values to whole lines of memory.
inline int64_t whole_lines(int64_t values) {
  return (values + kLanes - 1) / kLanes * kLanes;
}

/// Everything about a network's memory that is the same for all candidates. The plan must be
/// direct.
class DeviceLayout {
 public:
  DeviceLayout(const engine::Plan& plan, int32_t batch, int64_t guard);

  const engine::Plan& plan() const { return plan_; }
  int32_t batch() const { return batch_; }
  int32_t blocks() const { return blocks_; }
  int64_t padded() const { return int64_t{blocks_} * kLanes; }

  int32_t canonical(int32_t node) const { return plan_.nodes[node].canonical; }
  const Node& node(int32_t v) const { return plan_.graph.nodes[v]; }
  const engine::Layout& tensor_layout(int32_t v) const { return plan_.nodes[v].layout; }

  /// A stored activation, lanes being samples.
  Tensor activation(int32_t v) const;
  /// The same, one sample after the other.
  Tensor sample_major(int32_t v) const;
  /// Scratch lines of an average pool.
  Tensor lines(int32_t v) const;
  /// The network's output as results are read: [block][value][lane]; k > 0: of a head.
  Tensor logits(int64_t k = 0) const;
  /// First channel of a batch norm's normalisation.
  int64_t norm(int32_t v) const { return norm_[v]; }
  int64_t norm_channels() const { return norm_channels_; }
  int64_t param(int32_t id) const { return id < 0 ? -1 : plan_.graph.params[id].offset; }

  /// A convolution's first displacement in the table and first packed weight, forward.
  struct Packed {
    int64_t columns = 0, weights = 0;
  };
  const Packed& forward(int32_t conv) const { return forward_[conv]; }
  const Packed& backward(int32_t conv, size_t dense) const { return backward_[conv][dense]; }

  /// Place of a selection's first channel in the table of channels; and that of the input channels' places in
  /// its output, -1 for those that it leaves out.
  int64_t selection(int32_t v) const { return selection_[v]; }
  int64_t inverse_selection(int32_t v) const { return selection_[v] + node(v).shape.c; }

  /// The step that copies a stored activation one sample after the other.
  SampleMajorStep sample_major_step(int32_t v) const;

  const std::vector<int32_t>& columns() const { return columns_; }
  const std::vector<int32_t>& pack_sources() const { return pack_sources_; }
  const std::vector<int32_t>& channels() const { return channels_; }
  const AreaLayout& input_area() const { return input_; }
  const AreaLayout& activation_area() const { return activations_; }
  const AreaLayout& sample_major_area() const { return sample_major_; }

 private:
  Packed pack(const Node& node, const engine::ConvPlan& conv, const engine::DenseConv& dense, bool backward);

  const engine::Plan& plan_;
  const int32_t batch_, blocks_;
  AreaLayout input_, activations_, sample_major_;
  std::vector<int64_t> offset_, sample_major_offset_, lines_, norm_, selection_;  // by node
  int64_t norm_channels_ = 0;
  std::vector<Packed> forward_;                // by convolution
  std::vector<std::vector<Packed>> backward_;  // and by its dense convolutions
  std::vector<int32_t> columns_, pack_sources_, channels_;
};

/// Gradient tensors: one that is free again serves the next of the same shape. Halos are zeroed once and stay
/// zero, so buffers of different layouts never share memory.
class GradientBuffers {
 public:
  GradientBuffers(int32_t units, int64_t guard) : units_(units), area_(guard) {}
  int32_t take(const engine::Layout& layout);
  void give(int32_t buffer) { buffers_[buffer].free = true; }
  /// Frees all buffers, for the next candidate.
  void reset();
  Tensor tensor(int32_t buffer) const;
  const engine::Layout& layout(int32_t buffer) const { return buffers_[buffer].layout; }
  const AreaLayout& area() const { return area_; }
  int32_t units() const { return units_; }

 private:
  struct Buffer {
    engine::Layout layout;
    int64_t offset = 0;
    bool free = false;
  };
  int32_t units_;
  AreaLayout area_;
  std::vector<Buffer> buffers_;
};

}  // namespace tenas::cuda
