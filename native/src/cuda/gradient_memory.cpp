#include "cuda/gradient_memory.hpp"

#include <algorithm>

#include "tasks/gradient_sums.hpp"

namespace tenas::cuda {
namespace {

template <class T>
void download(Device& device, const Slices<T>& slices, int64_t count, std::vector<T>& values) {
  values.resize(count * slices.stride());
  device.download(values.data(), slices.at(0), values.size() * sizeof(T));
}

}  // namespace

void GradientSizes::include(const DeviceLayout& layout, const GradientTask& task, const BackwardTape& tape) {
  const Graph& graph = layout.plan().graph;
  outputs = tape.outputs * graph.nodes[graph.output].shape.size() * layout.batch();
  if (task.of.input) input = graph.nodes[graph.input].shape.size() * layout.padded();
  if (task.statistics == GradientStatistics::kPerSample) {
    sample_norms = layout.norm_channels() * 3 * layout.padded();
  }
  parts = std::max(parts, tape.parts);
  coefficients = std::max(coefficients, tape.coefficient_values);
  if (!task.of.parameters) return;
  gradient = graph.param_values;
  if (task.reduce == Reduce::kSums) tensor_sums = std::ssize(graph.params) * kGradientSums;
}

double GradientSizes::bytes() const {
  return 4.0 * static_cast<double>(outputs + input + sample_norms) +
         8.0 * static_cast<double>(parts + gradient + coefficients + tensor_sums);
}

Tape tensor_sums_tape(const Graph& graph, int32_t batches, int64_t stride) {
  Tape tape;
  for (int64_t id = 0; id < std::ssize(graph.params); ++id) {
    const Param& param = graph.params[id];
    tape.add<TensorSum>(0, {param.offset, param.size, id * kGradientSums, batches, stride});
  }
  return tape;
}

GradientMemory::GradientMemory(Device& device, const GradientSizes& sizes, int64_t items, int32_t batches)
    : batches_(batches),
      outputs_each_(sizes.outputs),
      outputs_(device, items * sizes.outputs),
      input_(device, items, sizes.input),
      sample_norms_(device, items, sizes.sample_norms),
      parts_(device, items, sizes.parts),
      gradient_(device, items, sizes.gradient),
      coefficients_(device, items, sizes.coefficients),
      tensor_sums_(device, items / batches, sizes.tensor_sums) {}

void GradientMemory::place(Item& item, int64_t index) const {
  item.area(Area::kInputGradient) = input_.at(index);
  item.sample_norms = sample_norms_.at(index);
  item.parts = parts_.at(index);
  item.gradient = gradient_.at(index);
  item.coefficients = coefficients_.at(index);
  item.tensor_sums = tensor_sums_.at(index / batches_);
}

void GradientMemory::clear(Device& device, int64_t items) const {
  device.zero(gradient_.at(0), items * gradient_.stride() * sizeof(double));
}

void GradientMemory::give(Device& device, std::span<const float> gradients) const {
  device.upload(outputs_.data(), gradients.data(), gradients.size_bytes());
}

void GradientMemory::fetch(Device& device, const GradientTask& task, int64_t items) {
  if (task.of.parameters && task.reduce != Reduce::kSums) {
    download(device, gradient_, items, host_gradient_);
  } else if (task.of.parameters) {
    download(device, tensor_sums_, items / batches_, host_tensor_sums_);
  }
  if (task.of.coefficients) download(device, coefficients_, items, host_coefficients_);
  if (task.of.input) download(device, input_, items, host_input_);
}

void GradientMemory::answer(const DeviceLayout& layout, const GradientTask& task,
                            std::span<const CoefficientShare> coefficients, bool has_input, int64_t first,
                            GradientAnswer& answer) const {
  const Graph& graph = layout.plan().graph;
  if (task.of.parameters && task.reduce == Reduce::kSums) {
    const double* sums = host_tensor_sums_.data() + first / batches_ * tensor_sums_.stride();
    answer.sums.assign(sums, sums + tensor_sums_.size());
  }
  if (task.of.parameters && task.reduce == Reduce::kSigns) answer.signs.assign(gradient_.size(), 0.0f);
  if (task.of.coefficients) answer.coefficients.assign(graph.slots, 0.0);
  for (int64_t index = first; index < first + batches_; ++index) {
    if (task.of.parameters && task.reduce != Reduce::kSums) {
      const double* values = host_gradient_.data() + index * gradient_.stride();
      if (task.reduce == Reduce::kSigns) {
        for (int64_t i = 0; i < gradient_.size(); ++i) add_sign(values[i], answer.signs[i]);
      } else {
        answer.parameters.insert(answer.parameters.end(), values, values + gradient_.size());
      }
    }
    if (task.of.coefficients) {
      const double* values = host_coefficients_.data() + index * coefficients_.stride();
      for (const CoefficientShare& share : coefficients) {
        double sum = 0;
        for (int32_t c = 0; c < share.channels; ++c) sum += values[share.first + c];
        answer.coefficients[share.slot] += share.scale * sum / batches_;
      }
    }
    if (!task.of.input) continue;
    const int64_t size = graph.nodes[graph.input].shape.size();
    const float* values = host_input_.data() + index * input_.stride();
    for (int32_t sample = 0; sample < layout.batch(); ++sample) {
      for (int64_t i = 0; i < size; ++i) {
        answer.input.push_back(has_input ? values[(sample / kLanes * size + i) * kLanes + sample % kLanes]
                                         : 0.0f);
      }
    }
  }
}

}  // namespace tenas::cuda
