// Gradients of convolutions that run by Winograd's algorithm.
#pragma once

#include "cpu/backward_memory.hpp"
#include "kernels/winograd.hpp"

namespace tenas::engine::TENAS_ISA {

/// The gradients, and scratch for them.
template <class L>
class WinogradGradients {
 public:
  using T = typename L::T;

  /// Adds the gradient by the weights of layer v, over the samples of one unit.
  template <class Memory>
  void add_weights(const Memory& memory, int32_t v, const View<const T>& gradient, int32_t unit) {
    const Layout& layout = memory.plan().convs[memory.node_plan(v).conv].gradient;
    with_tile(gradient_tile(layout.h, layout.w),
              [&](auto tile) { add_weights_by<tile()>(memory, v, gradient, unit); });
  }

  /// Writes the gradient by the input of layer v.
  template <class Memory>
  void write_inputs(const Memory& memory, int32_t v, const View<const T>& gradient,
                    const GradientDestination<T>& to) {
    with_tile(memory.plan().convs[memory.node_plan(v).conv].winograd,
              [&](auto tile) { write_inputs_by<tile()>(memory, v, gradient, to); });
  }

 private:
  static constexpr int W = L::width;

  template <int M, class Memory>
  void add_weights_by(const Memory& memory, int32_t v, const View<const T>& gradient, int32_t unit) {
    const Node& node = memory.node(v);
    const ConvPlan& conv = memory.plan().convs[memory.node_plan(v).conv];
    const View<const T> input = memory.activation_view(memory.canonical(node.inputs[0]), unit);
    const int64_t weights = int64_t{conv.ci} * conv.co;
    scratch_.reserve(winograd_scratch<L, M>(conv.ci, conv.co));
    sums_.reserve(kWinogradValues<M> * weights);
    for (int32_t group = 0; group < conv.groups; ++group) {
      WinogradGradientArgs<T> args;
      args.input = channels_of<W>(input, group, conv.ci);
      args.gradient = channels_of<W>(gradient, group, conv.co);
      args.rows = conv.gradient.h;
      args.cols = conv.gradient.w;
      args.ci = conv.ci;
      args.co = conv.co;
      args.weights = memory.sums(node.weight) + group * weights * 9;
      args.scratch = scratch_.data();
      args.sums = sums_.data();
      winograd_weight_gradient<L, M>(args);
    }
  }

  template <int M, class Memory>
  void write_inputs_by(const Memory& memory, int32_t v, const View<const T>& gradient,
                       const GradientDestination<T>& to) {
    const ConvPlan& conv = memory.plan().convs[memory.node_plan(v).conv];
    const int64_t group_weights = int64_t{conv.ci} * conv.co * kWinogradValues<M>;
    scratch_.reserve(winograd_scratch<typename L::Plain, M>(conv.ci, conv.co));
    for (int32_t group = 0; group < conv.groups; ++group) {
      WinogradArgs<T> args;
      args.in = channels_of<W>(gradient, group, conv.co);
      args.out = channels_of<W>(to.out, group, conv.ci);
      args.gate = channels_of<W>(to.gate, group, conv.ci);
      args.rows = conv.gradient.h;
      args.cols = conv.gradient.w;
      args.sources = conv.co;
      args.targets = conv.ci;
      args.weights = memory.args().prepared->packed() + conv.winograd_backward + group * group_weights;
      args.accumulate = to.accumulate;
      args.scratch = scratch_.data();
      convolve_winograd<typename L::Plain, M>(args);
    }
  }

  Buffer<T> scratch_, sums_;
};

}  // namespace tenas::engine::TENAS_ISA
