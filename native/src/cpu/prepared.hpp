// Inputs and weights of one repeat in the layout of the SIMD kernels.
#pragma once

#include <algorithm>
#include <memory>
#include <span>
#include <vector>

#include "cpu/buffer.hpp"
#include "cpu/engine.hpp"
#include "kernels/lanes.hpp"
#include "kernels/winograd.hpp"

namespace tenas::engine::TENAS_ISA {

/// Parameters as given, and the weights of convolutions packed for the kernels.
template <class T>
class PackedWeights {
 public:
  PackedWeights() = default;
  /// All of it at once.
  PackedWeights(const Plan& plan, std::span<const float> values) {
    assign(plan, values);
    for (size_t v = 0; v < plan.graph.nodes.size(); ++v) pack(plan, v);
  }
  /// Copies the values of all parameters; `pack` is still to be called for every node.
  template <class Value>
  void assign(const Plan& plan, std::span<const Value> values) {
    plain_.reserve(values.size() + 1);
    for (size_t i = 0; i < values.size(); ++i) plain_.data()[i] = static_cast<T>(values[i]);
    packed_.reserve(plan.packed_values + 1);
  }
  /// Packs the weights of node v, if that is a convolution or a linear layer.
  void pack(const Plan& plan, size_t v) {
    if (plan.nodes[v].conv < 0) return;
    const ConvPlan& conv = plan.convs[plan.nodes[v].conv];
    const T* weight = plain(plan, plan.graph.nodes[v].weight);
    if (conv.winograd > 0) {
      with_tile(conv.winograd, [&](auto tile) {
        pack_transformed<tile()>(conv, weight, false);
        if (conv.winograd_backward > 0) pack_transformed<tile()>(conv, weight, true);
      });
      return;
    }
    pack_dense(conv, conv.forward, weight, false);
    for (const DenseConv& dense : conv.backward) pack_dense(conv, dense, weight, true);
  }
  const T* packed() const { return packed_.data(); }
  /// A parameter's values as given.
  const T* plain(const Plan& plan, int32_t param) const {
    return plain_.data() + plan.graph.params[param].offset;
  }
  /// Value i of all parameters in a row.
  double value(size_t i) const { return static_cast<double>(plain_.data()[i]); }

 private:
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

  /// Transforms and packs [group][values][target channels / 4][source channel][4]; in the backward direction
  /// input and output channels swap roles and kernels are turned around.
  template <int M>
  void pack_transformed(const ConvPlan& conv, const T* weight, bool backward) {
    typedef T Four __attribute__((vector_size(sizeof(T) * kWinogradChannels)));
    const int64_t offset = backward ? conv.winograd_backward : conv.winograd_forward;
    const int32_t sources = backward ? conv.co : conv.ci, targets = backward ? conv.ci : conv.co;
    const int64_t channels = int64_t{sources} * targets;
    for (int32_t group = 0; group < conv.groups; ++group) {
      T* const out = packed_.data() + offset + group * kWinogradValues<M> * channels;
      for (int32_t target = 0; target < targets; target += kWinogradChannels) {
        for (int32_t source = 0; source < sources; ++source) {
          Four taps[3][3], values[M + 2][M + 2];
          for (int32_t k = 0; k < kWinogradChannels; ++k) {
            const int32_t co = group * conv.co + (backward ? source : target + k);
            const int32_t ci = backward ? target + k : source;
            const T* kernel = weight + (int64_t{co} * conv.ci + ci) * 9;
            for (int tap = 0; tap < 9; ++tap) taps[tap / 3][tap % 3][k] = kernel[backward ? 8 - tap : tap];
          }
          transform_weights<M>(taps, values);
          T* const place = out + int64_t{target} * sources + int64_t{source} * kWinogradChannels;
          for (int value = 0; value < kWinogradValues<M>; ++value) {
            std::memcpy(place + value * channels, &values[value / (M + 2)][value % (M + 2)], sizeof(Four));
          }
        }
      }
    }
  }

  Buffer<T> plain_, packed_;
};

template <class L>
class PreparedRepeat final : public Prepared {
 public:
  using T = typename L::T;

  PreparedRepeat(const Plan& plan, std::span<const float> inputs, std::span<const int32_t> labels,
                 std::span<const float> weights, int32_t batches, int32_t batch)
      : PreparedRepeat(std::make_shared<PackedWeights<T>>(plan, weights), labels) {
    load(plan, inputs, batches, batch);
  }
  /// Weights that others share; without inputs until `load`.
  explicit PreparedRepeat(std::shared_ptr<const PackedWeights<T>> weights,
                          std::span<const int32_t> labels = {})
      : labels_(labels.begin(), labels.end()), weights_(std::move(weights)) {}

  /// Takes other inputs, [batches][batch][C][H][W].
  void load(const Plan& plan, std::span<const float> inputs, int32_t batches_, int32_t batch_) {
    const bool cleared = batches == batches_ && batch == batch_;
    batches = batches_;
    batch = batch_;
    blocks = (batch + L::width - 1) / L::width;
    pack_inputs(plan, inputs, cleared);
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
  std::shared_ptr<const PackedWeights<T>> weights() const { return weights_; }
  const T* packed() const { return weights_->packed(); }
  /// A parameter's values as given.
  const T* plain(const Plan& plan, int32_t param) const { return weights_->plain(plan, param); }
  /// Value i of all parameters in a row.
  double value(size_t i) const { return weights_->value(i); }
  /// Valid lanes of a block: the last one may be partly empty.
  int32_t valid_lanes(int32_t block) const {
    return block + 1 < blocks ? L::width : batch - block * L::width;
  }

  int32_t batches = 0, batch = 0, blocks = 0;  // changed by `load` alone

 private:
  /// `cleared`: halos and idle lanes are zero since the last time.
  void pack_inputs(const Plan& plan, std::span<const float> inputs, bool cleared) {
    const auto& node = plan.nodes[plan.graph.input];
    const Layout& layout = node.layout;
    const int64_t values = layout.size() * L::width * blocks * batches;
    const bool clears = inputs_.reserve(values) || !cleared;
    const int64_t image = int64_t{layout.c} * layout.h * layout.w;
    for (int32_t index = 0; index < batches * blocks; ++index) {
      const int32_t which = index / blocks, block = index % blocks;
      const float* source = inputs.data() + (int64_t{which} * batch + block * L::width) * image;
      T* const own = inputs_.data() + index * layout.size() * L::width;
      if (clears) clear(own, layout, valid_lanes(block) < L::width);
      T* const target = own + layout.origin() * L::width;
      for (int32_t c = 0; c < layout.c; ++c) {
        for (int32_t y = 0; y < layout.h; ++y) {
          pack_row(source + (int64_t{c} * layout.h + y) * layout.w, image, valid_lanes(block), layout.w,
                   target + (c * layout.channel() + y * layout.row()) * L::width);
        }
      }
    }
  }

  /// Zeroes what no image is written to: the halos, or all of a block with idle lanes.
  static void clear(T* block, const Layout& layout, bool idle_lanes) {
    if (idle_lanes) {
      std::fill_n(block, layout.size() * L::width, T{0});
      return;
    }
    if (layout.halo == 0) return;
    const auto zero = [&](int64_t from, int64_t to) {
      std::fill(block + from * L::width, block + to * L::width, T{0});
    };
    for (int32_t c = 0; c < layout.c; ++c) {
      const int64_t start = c * layout.channel();
      int64_t unused = start;
      for (int32_t y = 0; y < layout.h; ++y) {
        const int64_t row = start + layout.origin() + y * layout.row();
        zero(unused, row);
        unused = row + layout.w;
      }
      zero(unused, start + layout.channel());
    }
  }

  /// One row of a block's images, which are `image` values apart: a vector of samples per pixel.
  static void pack_row(const float* source, int64_t image, int32_t samples, int32_t cols, T* row) {
    for (int32_t sample = 0; sample < samples; ++sample) {
      const float* own = source + sample * image;
      for (int32_t x = 0; x < cols; ++x) row[int64_t{x} * L::width + sample] = static_cast<T>(own[x]);
    }
  }

  const std::vector<int32_t> labels_;
  std::shared_ptr<const PackedWeights<T>> weights_;
  Buffer<T> inputs_;
};

}  // namespace tenas::engine::TENAS_ISA
