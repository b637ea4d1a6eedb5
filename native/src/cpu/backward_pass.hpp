// Backward pass along a schedule, put together from independent choices:
//
// * A, how activations are read: lanes are samples and a unit is a block of them (LaneAccess), or lanes are
//   output directions and a unit is one sample (BroadcastAccess);
// * Norms, how batch norm is differentiated (norm_gradients.hpp);
// * Sink, where gradients by parameters go (backward_memory.hpp);
// * in the arguments: the gradient by the outputs; in their schedule: the targets.
#pragma once

#include <span>
#include <stdexcept>
#include <type_traits>
#include <vector>

#include "cpu/norm_gradients.hpp"
#include "cpu/winograd_gradients.hpp"
#include "kernels/weight_gradient.hpp"

namespace tenas::engine::TENAS_ISA {

/// `Forward` is the lane type of the forward pass; L may have fewer lanes where they are directions. Either
/// way a direction takes the same operations in the same order: which lanes it is in must not show in its
/// bits.
template <class L, class A, class Norms, class Sink, class Forward = L>
class BackwardPass {
 public:
  using Args = BackwardArgs<Forward>;
  using T = typename L::T;
  using V = typename L::V;
  using D = typename L::D;
  static constexpr int W = L::width;

  /// Sets the gradient by the network's outputs.
  void start(const Args& args) {
    memory_.open(args);
    const int32_t output = args.output < 0 ? memory_.graph().output : args.output;
    start_output(args, memory_.canonical(output), args.output_gradient);
  }
  /// After `start`: sets the gradient by a further output, [batch][output values].
  void start_head(const Args& args, int32_t head, std::span<const double> gradient) {
    start_output(args, head, gradient);
  }

  /// Runs stages that are joined: only the first may need sums over the batch.
  void run(const Args& args, std::span<const BackwardStage> stages, const CancelFlag& cancel) {
    memory_.use(args);
    norms_.reduce(memory_, stages[0], cancel);
    for (int32_t unit = 0; unit < memory_.units(); ++unit) {
      cancel.check();
      for (const BackwardStage& stage : stages) {
        if (stage.dropout >= 0) drop_out(stage, unit);
        if (stage.watched) args.observer->see(stage.node, unit, memory_.buffer(stage.node, unit));
        for (const CoefficientTerm& term : stage.coefficients) add_coefficient(stage, term, unit);
        for (size_t k = 0; k < stage.chains.size(); ++k) run_chain(stage, k, unit);
      }
    }
  }

  /// Measurements of the norms before joined stages run, if they are ThroughShards.
  auto measure(const Args& args, std::span<const BackwardStage> stages) {
    memory_.use(args);
    return norms_.measure(memory_, stages[0]);
  }
  Norms& norms() { return norms_; }

  /// After all stages: the gradient by the node they end at of one unit, [c][h][w]; null if it has none.
  const T* end_gradient(int32_t end, int32_t unit) {
    return memory_.args().schedule->gradient_offset[end] < 0 ? nullptr : memory_.buffer(end, unit);
  }

 private:
  void start_output(const Args& args, int32_t output, std::span<const double> gradient) {
    if (args.schedule->gradient_offset[output] < 0) return;
    const int64_t size = memory_.node(output).shape.size();
    for (int32_t unit = 0; unit < memory_.units(); ++unit) {
      T* p = memory_.buffer(output, unit);
      for (int64_t i = 0; i < size; ++i) {
        for (int32_t lane = 0; lane < W; ++lane) p[i * W + lane] = seed(args, gradient, unit, lane, i, size);
      }
    }
  }

  /// Gradient by output value i for a lane of a unit.
  static T seed(const Args& args, std::span<const double> gradient, int32_t unit, int32_t lane, int64_t i,
                int64_t size) {
    if (gradient.empty()) {
      const bool own = A::stride != 1 || args.first_direction + lane == unit;
      return own ? T{1} : T{0};
    }
    const int64_t sample = int64_t{unit} * W + lane;
    if (sample >= args.prepared->batch) return T{0};
    return static_cast<T>(gradient[sample * size + i]);
  }

  /// Multiplies a stage's gradient by its node's factors.
  void drop_out(const BackwardStage& stage, int32_t unit) {
    const Shape& shape = memory_.node(stage.node).shape;
    drop_values<L>(memory_.args().factors->values(stage.dropout, shape.size(), unit),
                   memory_.buffer(stage.node, unit), 0, 1, static_cast<int32_t>(shape.size()));
  }

  /// The factors by sample of entry k of drop path; -1: ones.
  V lanes_kept(int32_t k, int32_t unit) const {
    return k < 0 ? number<L>(T{1}) : L::load(memory_.args().factors->path(k, unit));
  }

  /// Adds one unit's share of a mixing coefficient's gradient.
  void add_coefficient(const BackwardStage& stage, const CoefficientTerm& term, int32_t unit) {
    const Node& node = memory_.node(term.node);
    const View<const T> gradient = memory_.root_view(stage, term.channel, unit);
    const D kept = L::widen(lanes_kept(term.drop_path, unit));
    double total = 0;
    if (node.op == Op::kBatchNorm && !memory_.node_plan(term.node).stored) {
      const Normalisation<T>& norm = memory_.normalisation(term.node);
      for (int32_t c = 0; c < node.shape.c; ++c) {
        const auto mean = Norms::mean(norm, c, unit);
        D sum{}, product{};
        batch_norm_sums<L, A>(norm_plane<decltype(Norms::mean(norm, c, unit))>(memory_, term.node, gradient,
                                                                               c, unit, mean, A::stride),
                              sum, product);
        const D factor = L::widen(spread<L>(Norms::factor(norm, c, unit)));
        total += sum_lanes<L>(kept * (factor * product)) +
                 static_cast<double>(norm.shift[c]) * sum_lanes<L>(kept * sum);
      }
    } else {
      const Layout& layout = memory_.node_plan(term.node).layout;
      for (int32_t c = 0; c < node.shape.c; ++c) {
        BatchNormPlane<T> plane;
        plane.gradient = gradient.p + c * gradient.channel * W;
        plane.gradient_row = gradient.row;
        plane.input = memory_.activation(term.node, unit) + c * layout.channel() * A::stride;
        plane.input_row = layout.row();
        plane.rows = layout.h;
        plane.cols = layout.w;
        D sum{}, product{};
        batch_norm_sums<L, A>(plane, sum, product);
        total += sum_lanes<L>(kept * product);
      }
    }
    memory_.args().coefficient_sums[term.slot] += term.scale * total;
  }

  /// Scratch of one unit with a zero halo; the two of a parity never hold a gradient at the same time.
  View<T> scratch(const Layout& layout, int32_t parity) {
    for (Scratch& s : scratch_) {
      if (s.layout == layout && s.parity == parity) return s.view;
    }
    Scratch s{layout, parity, {}, {}};
    const int64_t values = layout.size() * W;
    s.memory.zeros(values);
    s.view = {s.memory.data() + layout.origin() * W, layout.channel(), layout.row()};
    scratch_.push_back(std::move(s));
    return scratch_.back().view;
  }

  void run_chain(const BackwardStage& stage, size_t index, int32_t unit) {
    const Chain& chain = stage.chains[index];
    View<const T> gradient = memory_.root_view(stage, chain.channel, unit);
    T scale = static_cast<T>(chain.scale);
    if (chain.ops.empty()) {
      const View<T> out = memory_.buffer_view(chain.destination, unit);
      const V factors = number<L>(scale) * lanes_kept(chain.drop_path, unit);
      for (int32_t c = 0; c < chain.root.c; ++c) {
        copy_plane<L>(gradient.p + c * gradient.channel * W, gradient.row, factors,
                      out.p + c * out.channel * W, out.row, chain.root.h, chain.root.w, chain.accumulate);
      }
      return;
    }
    const size_t steps = chain.ops.size() - (ends_in_gate(chain) ? 1 : 0);
    for (size_t k = 0; k < steps; ++k) {
      const int32_t v = chain.ops[k];
      const bool last = k + 1 == steps;
      const bool wanted = !last || chain.destination >= 0;
      const bool accumulate = last && chain.accumulate;
      const bool odd = k % 2 == 1;
      View<T> out;
      if (wanted && last) out = memory_.buffer_view(chain.destination, unit);
      if (!last) out = scratch(input_gradient_layout(chain.ops[k + 1]), odd);
      const View<const T> gate = last && steps < chain.ops.size()
                                     ? memory_.activation_view(chain.ops[steps], unit)
                                     : View<const T>{};
      step(stage, index, v, gradient, scale, {out, wanted, accumulate, gate}, odd, unit);
      gradient = {out.p, out.channel, out.row};
      scale = 1;
    }
  }

  /// Layout in which the operation `v` wants its output gradient.
  Layout input_gradient_layout(int32_t v) const {
    const NodePlan& plan = memory_.node_plan(v);
    if (plan.conv >= 0) return memory_.plan().convs[plan.conv].gradient;
    const Shape& shape = memory_.node(v).shape;
    return {shape.c, shape.h, shape.w, 0};
  }

  /// Whether a chain's last operation is a ReLU that the convolution before it applies when it writes.
  bool ends_in_gate(const Chain& chain) const {
    if (kDual<L> || A::stride != W || chain.ops.size() < 2) return false;
    const auto op = [&](size_t from_end) { return memory_.node(chain.ops.end()[-from_end]).op; };
    return op(1) == Op::kRelu && op(2) == Op::kConv2d;
  }

  void step(const BackwardStage& stage, size_t index, int32_t v, View<const T> gradient, T scale,
            const GradientDestination<T>& to, bool odd, int32_t unit) {
    const auto& [out, wanted, accumulate, gate] = to;
    const Node& node = memory_.node(v);
    const int32_t u = memory_.canonical(node.inputs[0]);
    const Layout& in = memory_.node_plan(u).layout;
    const Shape in_shape{in.c, in.h, in.w};
    const auto plane = [&](const View<T>& view, int32_t c) { return view.p + c * view.channel * W; };
    switch (node.op) {
      case Op::kBatchNorm:
        norms_.apply(memory_, NormGradient<T>{v, index, stage.chains[index].scale, gradient, out, wanted,
                                              accumulate, unit});
        return;
      case Op::kConv2d:
      case Op::kLinear:
        convolution(v, u, gradient, scale, to, odd, unit);
        return;
      default:
        break;
    }
    if (!wanted) return;
    const UnitGradient<T> whole{gradient, scale, out, accumulate};
    const auto planes = [&](size_t k) {
      const int32_t id = memory_.canonical(node.inputs[k]);
      return UnitPlanes<A, T>{memory_.activation(id, unit), memory_.node_plan(id).layout};
    };
    switch (node.op) {
      case Op::kActivation:
        return activation_planes_gradient<L>(node.function, whole, planes(0));
      case Op::kScale:
        if (stage.chains[index].branch == 1) return factors_gradient<L>(whole, planes(0));
        return scaled_planes_gradient<L>(whole, in, planes(1));
      case Op::kSelectChannels:
        return selected_planes_gradient<L>(node.channels, whole, in);
      default:
        break;
    }
    if (node.op == Op::kAvgPool2d) lines_.reserve(int64_t{node.shape.h} * in.w * W);
    for (int32_t c = 0; c < in.c; ++c) {
      const T* g = gradient.p + c * gradient.channel * W;
      T* target = plane(out, c);
      switch (node.op) {
        case Op::kRelu:
          rectify_gradient<L, A>(
              g, gradient.row, scale,
              memory_.activation(v, unit) + c * memory_.node_plan(v).layout.channel() * A::stride,
              memory_.node_plan(v).layout.row(), target, out.row, in.h, in.w, accumulate);
          break;
        case Op::kAvgPool2d:
          average_pool_gradient<L>(node, in_shape, g, gradient.row, scale, target, out.row, lines_.data(),
                                   accumulate);
          break;
        case Op::kMaxPool2d:
          if (!accumulate) zero_plane<L>(target, out.row, in.h, in.w);
          max_pool_gradient<L, A>(node, in_shape, memory_.activation(u, unit) + c * in.channel() * A::stride,
                                  in.row(), g, gradient.row, scale, target, out.row);
          break;
        case Op::kPad2d:
          padded_plane_gradient<L>(node, in_shape, g, gradient.row, scale, target, out.row, accumulate);
          break;
        case Op::kGlobalAvgPool: {
          const V share =
              L::load(g) * L::set(static_cast<T>(static_cast<double>(scale) / (double(in.h) * in.w)));
          for (int32_t y = 0; y < in.h; ++y) {
            for (int32_t x = 0; x < in.w; ++x) {
              T* p = target + (y * out.row + x) * W;
              L::store(p, accumulate ? L::load(p) + share : share);
            }
          }
          break;
        }
        default:
          break;
      }
    }
  }

  void convolution(int32_t v, int32_t u, View<const T> gradient, T scale, const GradientDestination<T>& to,
                   bool odd, int32_t unit) {
    const auto& [out, wanted, accumulate, gate] = to;
    const Node& node = memory_.node(v);
    const ConvPlan& conv = memory_.plan().convs[memory_.node_plan(v).conv];
    const Layout& layout = conv.gradient;
    if (scale != T{1} || (!kDual<L> && wanted && layout.halo > 0 && gradient.row != layout.row())) {
      const View<T> copy = scratch(layout, !odd);
      for (int32_t c = 0; c < layout.c; ++c) {
        copy_plane<L>(gradient.p + c * gradient.channel * W, gradient.row, scale,
                      copy.p + c * copy.channel * W, copy.row, layout.h, layout.w, false);
      }
      gradient = {copy.p, copy.channel, copy.row};
    }
    if (memory_.is_target(node.bias)) {
      for (int32_t c = 0; c < layout.c; ++c) {
        const D sum = channel_moment<L, 1>(gradient.p + c * gradient.channel * W, gradient.row, layout.h,
                                           layout.w, T{0});
        memory_.add(node.bias, c, unit, sum, 1);
      }
    }
    View<const T> weighed = gradient;
    if constexpr (kDual<L>) {
      if (wanted) weighed = carry_planes<L>(gradient, layout, scratch(layout, kCarried));
    }
    const Layout& in = memory_.node_plan(u).layout;
    const bool target = memory_.is_target(node.weight);
    const bool sums_lanes = kSumsLanes && !memory_.args().first_weights;
    if (conv.winograd > 0) {
      if constexpr (kSumsLanes) {
        if (target && sums_lanes) winograd_.add_weights(memory_, v, gradient, unit);
      }
      if (wanted) winograd_.write_inputs(memory_, v, weighed, to);
      if (!target || sums_lanes) return;
    }
    for (int32_t group = 0; group < conv.groups; ++group) {
      if (target) {
        WeightGradientArgs<T> args;
        args.gradient = channels_of<W>(gradient, group, conv.co);
        args.input = memory_.activation(u, unit) + group * conv.ci * in.channel() * A::stride;
        args.columns = conv.forward.columns.data();
        args.column_count = std::ssize(conv.forward.columns);
        args.input_row = conv.stride_row * in.row();
        args.input_col = conv.stride_col;
        args.rows = node.shape.h;
        args.cols = node.shape.w;
        args.jacobian = memory_.rows(node.weight, unit) +
                        int64_t{group} * conv.co * args.column_count * memory_.args().jacobian_stride;
        args.jacobian_row = memory_.args().jacobian_stride;
        if (!memory_.args().first_weights) {
          weight_gradient<L, A, Forward>(args, conv.co_tiles);
        } else if (group == 0) {
          args.column_count = 1;
          weight_gradient<L, A, Forward>(args, kOneChannel);
        }
      }
      if (!wanted || conv.winograd > 0) continue;
      ConvArgs<T> args;
      args.in = channels_of<W>(weighed, group, conv.co);
      args.out = channels_of<W>(out, group, conv.ci);
      args.gate = channels_of<W>(gate, group, conv.ci);
      args.accumulate = accumulate;
      for (const DenseConv& dense : conv.backward) {
        args.weights = memory_.args().prepared->packed() + dense.pack_offset +
                       int64_t{group} * conv.co * conv.ci * std::ssize(dense.taps);
        convolve<typename L::Plain>(args, dense, conv.ci_tiles);
      }
    }
  }

  /// Whether gradients of weights are sums over lanes, which Winograd's algorithm adds up. Where every lane
  /// has its own, the direct kernel finds them.
  static constexpr bool kSumsLanes = A::stride == W && !kDual<L> && std::is_same_v<Sink, ParameterSums>;
  static constexpr int32_t kCarried = 2;
  inline static const std::vector<int32_t> kOneChannel = {1};
  struct Scratch {
    Layout layout;
    int32_t parity;  // of a place in the chain; or kCarried
    Buffer<T> memory;
    View<T> view;
  };

  BackwardMemory<L, A, Sink, Forward> memory_;
  Norms norms_;
  Buffer<T> lines_;
  WinogradGradients<L> winograd_;
  std::vector<Scratch> scratch_;
};

}  // namespace tenas::engine::TENAS_ISA
