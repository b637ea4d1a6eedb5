// Forward pass of one batch: lanes are samples, node after node over all blocks of lanes.
#pragma once

#include <algorithm>
#include <cmath>
#include <vector>

#include "cpu/combination.hpp"
#include "cpu/plane_operations.hpp"
#include "kernels/clipped_convolution.hpp"
#include "kernels/pooling.hpp"
#include "kernels/winograd.hpp"

namespace tenas::engine::TENAS_ISA {

/// Activations of one batch, in an arena. A tensor gets its place there when it is first written, unless the
/// plan shares places, and its halos are zeroed then. So operations that never run take no memory, and those
/// that run lie side by side in large pages.
template <class L>
class ForwardPass {
 public:
  using T = typename L::T;

  /// Runs the scheduled nodes on batch `which`. `on_node` is called with every node as soon as it has run, so
  /// with a ReLU as soon as it is written; later its place may be another tensor's (Purpose::kForward).
  template <class OnNode>
  void run(const Plan& plan, const Schedule& schedule, const PreparedRepeat<L>& prepared,
           std::span<const double> coefficients, int32_t which, Statistics statistics,
           const CancelFlag& cancel, const OnNode& on_node) {
    begin(plan, schedule, prepared, coefficients, which, statistics);
    for (const int32_t v : schedule.forward) {
      cancel.check();
      run_node(v);
      if (!plan.is_fused(v)) on_node(v);
      if (const int32_t relu = rectified_by(v); relu >= 0 && relu != v) on_node(relu);
    }
  }

  /// Starts a pass whose nodes run one by one, by `advance`. `factors` are needed where the schedule has
  /// some.
  void begin(const Plan& plan, const Schedule& schedule, const PreparedRepeat<L>& prepared,
             std::span<const double> coefficients, int32_t which, Statistics statistics,
             const LaneFactors<L>* factors = nullptr) {
    plan_ = &plan;
    schedule_ = &schedule;
    prepared_ = &prepared;
    coefficients_ = coefficients;
    which_ = which;
    statistics_ = statistics;
    factors_ = factors;
    if (arena_blocks_ != prepared.blocks) {
      const int64_t values = plan.arena_pixels * prepared.blocks * L::width;
      arena_.reserve(values);
      places_.assign(plan.graph.nodes.size(), -1);
      next_place_ = 0;
      arena_blocks_ = prepared.blocks;
    }
    norms_.resize(plan.graph.nodes.size());
    for (Normalisation<T>& norm : norms_) norm.mean.clear();  // empty for those that do not run this time
  }
  /// Runs node v; a batch norm as `normalise` said before.
  void advance(int32_t v) {
    if (graph_node(v).op == Op::kBatchNorm) {
      make_room(v);
      run_combine(v);
    } else {
      run_node(v);
      if (!schedule_->dropout.empty() && schedule_->dropout[v] >= 0) drop_out(v, schedule_->dropout[v]);
    }
  }
  /// Mean and variance of what batch norm v reads, over this pass's samples.
  void measure(int32_t v, std::span<Moments> moments) const { normaliser().measure(v, moments); }
  /// The statistics that batch norm v uses.
  void normalise(int32_t v, std::span<const Moments> moments) { normaliser().set(v, moments, norms_[v]); }

  /// Pixel (0, 0) of channel 0 of a stored node's activation of one block.
  const T* activation(int32_t node, int32_t block) const {
    const NodePlan& plan = node_plan(node);
    if (node == plan_->graph.input) {
      return prepared_->input(*plan_, which_, block) + plan.layout.origin() * L::width;
    }
    return arena_.data() +
           (places_[node] * prepared_->blocks + block * plan.layout.size() + plan.layout.origin()) * L::width;
  }
  /// Writes a batch norm or mix that has just run but is not stored to `out`, whose blocks follow one
  /// another.
  void write(int32_t node, T* out, const Layout& layout) {
    const auto sum = combination();
    sum.sum_up(graph_node(node).shape, sum.summands_of(node, coefficients_, *schedule_),
               {out + layout.origin() * L::width, layout}, {});
  }
  const Normalisation<T>& normalisation(int32_t node) const { return norms_[node]; }

 private:
  const NodePlan& node_plan(int32_t node) const { return plan_->nodes[node]; }
  const Node& graph_node(int32_t node) const { return plan_->graph.nodes[node]; }
  int32_t canonical(int32_t node) const { return node_plan(node).canonical; }
  T* output(int32_t node, int32_t block) { return const_cast<T*>(activation(node, block)); }

  /// The ReLU that is written when node v runs, or -1.
  int32_t rectified_by(int32_t v) const {
    if (graph_node(v).op == Op::kRelu) return plan_->is_fused(v) ? -1 : v;
    const int32_t relu = node_plan(v).fused_relu;
    return relu >= 0 && schedule_->runs[relu] ? relu : -1;
  }

  /// Gives a place to what node v is about to write for the first time, and zeroes its halos.
  void make_room(int32_t v) {
    for (const int32_t written : {v, rectified_by(v)}) {
      if (written < 0 || places_[written] >= 0) continue;
      const NodePlan& plan = node_plan(written);
      if (!plan.stored || written == plan_->graph.input) continue;
      places_[written] = plan_->shares_places ? plan.offset : next_place_;
      next_place_ += plan.layout.size();
      if (plan.layout.halo == 0) continue;
      T* const p = arena_.data() + places_[written] * prepared_->blocks * L::width;
      std::fill_n(p, plan.layout.size() * prepared_->blocks * L::width, T{0});
    }
  }

  Normaliser<L, ForwardPass> normaliser() const { return {*plan_, *prepared_, *this}; }
  Combination<L, ForwardPass> combination() const {
    return {*plan_, *prepared_, *this, statistics_, factors_};
  }

  void run_node(int32_t v) {
    make_room(v);
    const Node& node = graph_node(v);
    switch (node.op) {
      case Op::kInput:
        break;
      case Op::kConv2d:
      case Op::kLinear:
        run_conv(v);
        break;
      case Op::kBatchNorm:
        normaliser().find(v, statistics_, norms_[v]);
        run_combine(v);
        break;
      case Op::kMix:
        run_combine(v);
        break;
      case Op::kRelu:
        run_relu(v);
        break;
      case Op::kAvgPool2d:
      case Op::kMaxPool2d:
        run_pool(v);
        break;
      case Op::kPad2d:
        pad_planes<L>(node, input_planes(v), output_planes(v), prepared_->blocks);
        break;
      case Op::kConcat:
        run_concat(v);
        break;
      case Op::kGlobalAvgPool:
        average_planes<L>(input_planes(v), output_planes(v), prepared_->blocks);
        break;
      case Op::kActivation:
        activate_planes<L>(node.function, input_planes(v), output_planes(v), prepared_->blocks);
        break;
      case Op::kScale:
        scale_planes<L>(input_planes(v), input_planes(v, 1), output_planes(v), prepared_->blocks);
        break;
      case Op::kSelectChannels:
        select_planes<L>(node.channels, input_planes(v), output_planes(v), prepared_->blocks);
        break;
    }
  }

  void run_conv(int32_t v) {
    const Node& node = graph_node(v);
    const ConvPlan& conv = plan_->convs[node_plan(v).conv];
    const int32_t u = canonical(node.inputs[0]);
    const Layout &in = node_plan(u).layout, &out = node_plan(v).layout;
    const int64_t group_weights = int64_t{conv.co} * conv.ci * conv.taps;
    if (conv.clipped) {
      for (int32_t group = 0; group < conv.groups; ++group) {
        ClippedArgs<T> args;
        args.in = activation(u, 0) + group * conv.ci * in.channel() * L::width;
        args.in_channel = in.channel();
        args.in_block = in.size();
        args.out = output(v, 0) + group * conv.co * out.channel() * L::width;
        args.out_channel = out.channel();
        args.out_row = out.row();
        args.out_block = out.size();
        args.cols = out.w;
        args.weights = prepared_->packed() + conv.forward.pack_offset + group * group_weights;
        if (conv.has_bias) args.bias = prepared_->plain(*plan_, node.bias) + group * conv.co;
        args.ci = conv.ci;
        args.taps = conv.taps;
        convolve_clipped<typename L::Plain>(args, conv.clip, conv.co_tiles, prepared_->blocks);
      }
      return grow_weights(v);
    }
    if (conv.winograd > 0) {
      with_tile(conv.winograd, [&](auto tile) { run_winograd<tile()>(v); });
      return grow_weights(v);
    }
    for (int32_t block = 0; block < prepared_->blocks; ++block) {
      for (int32_t group = 0; group < conv.groups; ++group) {
        ConvArgs<T> args;
        args.in = {activation(u, block) + group * conv.ci * in.channel() * L::width, in.channel(), in.row()};
        args.out = {output(v, block) + group * conv.co * out.channel() * L::width, out.channel(), out.row()};
        args.weights = prepared_->packed() + conv.forward.pack_offset + group * group_weights;
        if (conv.has_bias) args.bias = prepared_->plain(*plan_, node.bias) + group * conv.co;
        convolve<typename L::Plain>(args, conv.forward, conv.co_tiles);
      }
    }
    grow_weights(v);
  }

  /// Dual lanes: the direction of the derivatives is that of the weights themselves, which adds the output of
  /// layer v, without its bias, to the derivatives. The kernel has added the bias to them.
  void grow_weights(int32_t v) {
    if constexpr (kDual<L>) {
      const int32_t bias = graph_node(v).bias;
      const Layout& layout = node_plan(v).layout;
      for (int32_t block = 0; block < prepared_->blocks; ++block) {
        for (int32_t c = 0; c < layout.c; ++c) {
          T* const plane = output(v, block) + c * layout.channel() * L::width;
          const T shift = bias < 0 ? T{0} : 2 * prepared_->plain(*plan_, bias)[c];
          carry_plane<L>(plane, layout.row(), shift, plane, layout.row(), layout.h, layout.w);
        }
      }
    }
  }

  template <int M>
  void run_winograd(int32_t v) {
    const Node& node = graph_node(v);
    const ConvPlan& conv = plan_->convs[node_plan(v).conv];
    const int32_t u = canonical(node.inputs[0]);
    const Layout &in = node_plan(u).layout, &out = node_plan(v).layout;
    const int64_t group_weights = int64_t{conv.ci} * conv.co * kWinogradValues<M>;
    winograd_.reserve(winograd_scratch<typename L::Plain, M>(conv.ci, conv.co));
    for (int32_t block = 0; block < prepared_->blocks; ++block) {
      for (int32_t group = 0; group < conv.groups; ++group) {
        WinogradArgs<T> args;
        args.in = {activation(u, block) + group * conv.ci * in.channel() * L::width, in.channel(), in.row()};
        args.out = {output(v, block) + group * conv.co * out.channel() * L::width, out.channel(), out.row()};
        args.rows = out.h;
        args.cols = out.w;
        args.sources = conv.ci;
        args.targets = conv.co;
        args.weights = prepared_->packed() + conv.winograd_forward + group * group_weights;
        if (conv.has_bias) args.bias = prepared_->plain(*plan_, node.bias) + group * conv.co;
        args.scratch = winograd_.data();
        convolve_winograd<typename L::Plain, M>(args);
      }
    }
  }

  Sink<T> sink(int32_t node) {
    return node < 0 ? Sink<T>{} : Sink<T>{output(node, 0), node_plan(node).layout};
  }

  /// Batch norm or mix, with the ReLU that reads it.
  void run_combine(int32_t v) {
    const int32_t rectified = rectified_by(v);
    if (!node_plan(v).stored && rectified < 0) return;
    const auto sum = combination();
    sum.sum_up(graph_node(v).shape, sum.summands_of(v, coefficients_, *schedule_),
               sink(node_plan(v).stored ? v : -1), sink(rectified));
  }

  void run_relu(int32_t v) {
    if (plan_->is_fused(v)) return;  // written along with its input
    const auto sum = combination();
    sum.sum_up(graph_node(v).shape, {sum.summand(canonical(graph_node(v).inputs[0]), 1)}, {}, sink(v));
  }

  /// Multiplies what node v has just written by the factors of entry k.
  void drop_out(int32_t v, int32_t k) {
    const Layout& layout = node_plan(v).layout;
    const int64_t plane = int64_t{layout.h} * layout.w;
    for (int32_t block = 0; block < prepared_->blocks; ++block) {
      const T* factors = factors_->values(k, layout.c * plane, block);
      for (int32_t c = 0; c < layout.c; ++c) {
        drop_values<L>(factors + c * plane * L::width, output(v, block) + c * layout.channel() * L::width,
                       layout.row(), layout.h, layout.w);
      }
    }
  }

  template <class Fn>
  void each_plane(int32_t v, int32_t u, const Fn& fn) {
    const Layout &in = node_plan(u).layout, &out = node_plan(v).layout;
    for (int32_t block = 0; block < prepared_->blocks; ++block) {
      for (int32_t c = 0; c < out.c; ++c) {
        fn(activation(u, block) + c * in.channel() * L::width,
           output(v, block) + c * out.channel() * L::width);
      }
    }
  }

  void run_pool(int32_t v) {
    const Node& node = graph_node(v);
    const int32_t u = canonical(node.inputs[0]);
    const Layout &in = node_plan(u).layout, &out = node_plan(v).layout;
    const Shape shape{in.c, in.h, in.w};
    line_.reserve(int64_t{in.w} * L::width);
    each_plane(v, u, [&](const T* source, T* target) {
      if (node.op == Op::kAvgPool2d) {
        average_pool<L>(node, shape, source, in.row(), target, out.row(), line_.data());
      } else {
        max_pool<L>(node, shape, source, in.row(), target, out.row());
      }
    });
  }

  void run_concat(int32_t v) {
    const Node& node = graph_node(v);
    const Layout& out = node_plan(v).layout;
    int32_t first = 0;
    for (const int32_t input : node.inputs) {
      const int32_t u = canonical(input);
      const Layout& in = node_plan(u).layout;
      const int32_t path = schedule_->drop_path.empty() ? -1 : schedule_->drop_path[input];
      for (int32_t block = 0; block < prepared_->blocks; ++block) {
        const auto factor = path < 0 ? number<L>(T{1}) : L::load(factors_->path(path, block));
        for (int32_t c = 0; c < in.c; ++c) {
          copy_plane<L>(activation(u, block) + c * in.channel() * L::width, in.row(), factor,
                        output(v, block) + (first + c) * out.channel() * L::width, out.row(), in.h, in.w,
                        false);
        }
      }
      first += in.c;
    }
  }

  /// A stored tensor of all blocks.
  Planes<const T> input_planes(int32_t v, size_t k = 0) const {
    const int32_t u = canonical(graph_node(v).inputs[k]);
    return {activation(u, 0), node_plan(u).layout};
  }
  Planes<T> output_planes(int32_t v) { return {output(v, 0), node_plan(v).layout}; }

  const Plan* plan_ = nullptr;
  const Schedule* schedule_ = nullptr;
  const PreparedRepeat<L>* prepared_ = nullptr;
  std::span<const double> coefficients_;
  int32_t which_ = 0;
  Statistics statistics_ = Statistics::kBatch;
  const LaneFactors<L>* factors_ = nullptr;
  int32_t arena_blocks_ = 0;
  Buffer<T> arena_, line_, winograd_;
  std::vector<int64_t> places_;  // by node: as NodePlan::offset; -1: not written yet
  int64_t next_place_ = 0;
  std::vector<Normalisation<T>> norms_;
};

}  // namespace tenas::engine::TENAS_ISA
