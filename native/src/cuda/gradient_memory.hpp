// The memory of a gradient on the device, and the answers that it holds when all has run.
#pragma once

#include <span>
#include <vector>

#include "cuda/backward_tape.hpp"
#include "cuda/slices.hpp"

namespace tenas::cuda {

/// Values that the gradient of one batch takes.
struct GradientSizes {
  /// Makes room for a candidate's backward pass as well.
  void include(const DeviceLayout& layout, const GradientTask& task, const BackwardTape& tape);
  double bytes() const;
  bool operator==(const GradientSizes&) const = default;

  int64_t outputs = 0, parts = 0, gradient = 0, coefficients = 0, input = 0, sample_norms = 0;
  int64_t tensor_sums = 0;  // of all batches together
};

/// The sums of Reduce::kSums as a tape, for items whose gradients of `batches` batches are `stride` values
/// apart.
Tape tensor_sums_tape(const Graph& graph, int32_t batches, int64_t stride);

/// Memory for the gradients of `items` batches; `batches` of them follow one another for one evaluation.
class GradientMemory {
 public:
  GradientMemory() = default;
  GradientMemory(Device& device, const GradientSizes& sizes, int64_t items, int32_t batches);

  /// Points an item, counted from 0, to its memory.
  void place(Item& item, int64_t index) const;
  /// Empties the gradients of the first `items` items.
  void clear(Device& device, int64_t items) const;
  /// Takes the gradients by the outputs, [item][the network, its heads][sample][output].
  void give(Device& device, std::span<const float> gradients) const;
  /// The item's gradient by the outputs, as its tape reads it.
  const float* given(int64_t index) const { return outputs_.data() + index * outputs_each_; }
  int64_t stride() const { return gradient_.stride(); }

  /// Reads what the task wants of the first `items` items from the device.
  void fetch(Device& device, const GradientTask& task, int64_t items);
  /// Adds one evaluation's gradients, of items from `first` on, to its answer.
  void answer(const DeviceLayout& layout, const GradientTask& task,
              std::span<const CoefficientShare> coefficients, bool has_input, int64_t first,
              GradientAnswer& answer) const;

 private:
  int32_t batches_ = 1;
  int64_t outputs_each_ = 0;
  DeviceBuffer<float> outputs_;
  Slices<float> input_, sample_norms_;
  Slices<double> parts_, gradient_, coefficients_, tensor_sums_;
  std::vector<float> host_input_;
  std::vector<double> host_gradient_, host_coefficients_, host_tensor_sums_;
};

}  // namespace tenas::cuda
