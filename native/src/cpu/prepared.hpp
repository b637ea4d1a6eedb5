// Inputs and weights of one repeat in the layout of the SIMD kernels.
#pragma once

#include <span>
#include <vector>

#include "cpu/buffer.hpp"
#include "cpu/engine.hpp"
#include "kernels/lanes.hpp"

namespace tenas::engine::TENAS_ISA {

template <class L>
class PreparedRepeat final : public Prepared {
 public:
  using T = typename L::T;

  PreparedRepeat(const Plan& plan, std::span<const float> inputs, std::span<const int32_t> labels,
                 std::span<const float> weights, int32_t batches, int32_t batch)
      : batches(batches),
        batch(batch),
        blocks((batch + L::width - 1) / L::width),
        labels_(labels.begin(), labels.end()) {
    pack_inputs(plan, inputs);
    pack_weights(plan, weights);
  }

  /// Input tensor of block b of a batch, in the input node's layout.
  const T* input(const Plan& plan, int32_t which, int32_t block) const {
    const auto& layout = plan.nodes[plan.graph.input].layout;
    return inputs_.data() + (int64_t{which} * blocks + block) * layout.size() * L::width;
  }
  /// Labels of a batch; empty if there are none.
  std::span<const int32_t> labels(int32_t which) const {
    if (labels_.empty()) return {};
    return std::span(labels_).subspan(int64_t{which} * batch, batch);
  }
  const T* packed() const { return packed_.data(); }
  /// A parameter's values as given.
  const T* plain(const Plan& plan, int32_t param) const {
    return plain_.data() + plan.graph.params[param].offset;
  }
  /// Value i of all parameters in a row.
  double value(size_t i) const { return static_cast<double>(plain_.data()[i]); }
  /// Valid lanes of a block: the last one may be partly empty.
  int32_t valid_lanes(int32_t block) const {
    return block + 1 < blocks ? L::width : batch - block * L::width;
  }

  const int32_t batches, batch, blocks;

 private:
  void pack_inputs(const Plan& plan, std::span<const float> inputs) {
    const auto& node = plan.nodes[plan.graph.input];
    const Layout& layout = node.layout;
    const int64_t values = layout.size() * L::width * blocks * batches;
    inputs_.reserve(values);
    inputs_.zero(values);
    const float* source = inputs.data();
    for (int32_t which = 0; which < batches; ++which) {
      for (int32_t sample = 0; sample < batch; ++sample) {
        T* target =
            inputs_.data() +
            ((int64_t{which} * blocks + sample / L::width) * layout.size() + layout.origin()) * L::width +
            sample % L::width;
        for (int32_t c = 0; c < layout.c; ++c) {
          for (int32_t y = 0; y < layout.h; ++y) {
            T* row = target + (c * layout.channel() + y * layout.row()) * L::width;
            for (int32_t x = 0; x < layout.w; ++x) row[int64_t{x} * L::width] = static_cast<T>(*source++);
          }
        }
      }
    }
  }

  void pack_weights(const Plan& plan, std::span<const float> weights) {
    plain_.reserve(weights.size() + 1);
    for (size_t i = 0; i < weights.size(); ++i) plain_.data()[i] = static_cast<T>(weights[i]);
    packed_.reserve(plan.packed_values + 1);
    for (size_t v = 0; v < plan.graph.nodes.size(); ++v) {
      if (plan.nodes[v].conv < 0) continue;
      const ConvPlan& conv = plan.convs[plan.nodes[v].conv];
      const T* weight = plain(plan, plan.graph.nodes[v].weight);
      pack_dense(conv, conv.forward, weight, false);
      for (const DenseConv& dense : conv.backward) pack_dense(conv, dense, weight, true);
    }
  }

  /// Packs [group][tile][source channel][tap][channel of the tile]; in the backward direction input and
  /// output channels swap roles.
  void pack_dense(const ConvPlan& conv, const DenseConv& dense, const T* weight, bool backward) {
    T* out = packed_.data() + dense.pack_offset;
    const int32_t sources = backward ? conv.co : conv.ci;
    for (int32_t group = 0; group < conv.groups; ++group) {
      int32_t first = 0;
      for (const int32_t tile : backward ? conv.ci_tiles : conv.co_tiles) {
        for (int32_t source = 0; source < sources; ++source) {
          for (const int32_t tap : dense.taps) {
            for (int32_t k = first; k < first + tile; ++k) {
              const int32_t co = group * conv.co + (backward ? source : k);
              const int32_t ci = backward ? k : source;
              *out++ = weight[(int64_t{co} * conv.ci + ci) * conv.taps + tap];
            }
          }
        }
        first += tile;
      }
    }
  }

  const std::vector<int32_t> labels_;
  Buffer<T> inputs_, plain_, packed_;
};

}  // namespace tenas::engine::TENAS_ISA
