// Backward pass along a schedule. A unit is a block of samples (lanes are samples: the NTK with constant
// statistics) or one sample (lanes are output directions: the NTK through batch statistics); the access type
// A says which.
#pragma once

#include <span>
#include <vector>

#include "cpu/forward_pass.hpp"
#include "kernels/weight_gradient.hpp"

namespace tenas::engine::TENAS_ISA {

/// Where the pass reads activations and writes the Jacobian. L is the lane type of the forward pass.
template <class L>
struct BackwardTask {
  using T = typename L::T;
  const Plan* plan = nullptr;
  const Schedule* schedule = nullptr;
  const PreparedRepeat<L>* prepared = nullptr;
  const ForwardPass<L>* forward = nullptr;
  const T* sample_major = nullptr;  // one sample after the other (lanes are directions), see SampleMajor
  T* jacobian = nullptr;            // [row][jacobian_stride]; row 0 is `first_row` of the schedule
  int64_t jacobian_stride = 0;
  int64_t first_row = 0;
  int32_t first_direction = 0;  // lanes are directions: the first of them
};

/// Pixel (0, 0) of a stored activation of one sample in the sample-major copy.
inline int64_t sample_major_offset(const Plan& plan, int32_t node, int32_t sample, int32_t batch) {
  const NodePlan& p = plan.nodes[static_cast<size_t>(node)];
  const int64_t first = node == plan.graph.input ? plan.arena_pixels : p.offset;
  return first * batch + sample * p.layout.size() + p.layout.origin();
}

/// `Forward` is the lane type of the forward pass; L may have fewer lanes where they are directions. Either
/// way a direction takes the same operations in the same order: which lanes it is in must not show in its
/// bits.
template <class L, class A, class Forward = L>
class BackwardPass {
 public:
  using Task = BackwardTask<Forward>;
  using T = typename L::T;
  using V = typename L::V;
  static constexpr bool kThroughStatistics = A::stride == 1;
  static constexpr int W = L::width;

  /// Sets the output's gradient to one for every lane's own sample.
  void start(const Task& task) {
    task_ = &task;
    units_ = kThroughStatistics ? task.prepared->batch : task.prepared->blocks;
    gradients_.reserve(static_cast<size_t>(task.schedule->gradient_pixels * units_ * W));
    const int32_t output = canonical(graph().output);
    if (task.schedule->gradient_offset[at(output)] < 0) return;
    const int64_t size = graph().nodes[at(output)].shape.size();
    for (int32_t unit = 0; unit < units_; ++unit) {
      T* p = buffer(output, unit);
      for (int64_t i = 0; i < size; ++i) {
        for (int32_t lane = 0; lane < W; ++lane) {
          const bool own = !kThroughStatistics || task.first_direction + lane == unit;
          p[i * W + lane] = own ? T{1} : T{0};
        }
      }
    }
  }

  /// Runs stages that are joined: only the first may need sums over the batch.
  void run(const Task& task, std::span<const Stage> stages, const CancelFlag& cancel) {
    task_ = &task;
    if constexpr (kThroughStatistics) {
      reduce_statistics(stages[0], cancel);
    }
    for (int32_t unit = 0; unit < units_; ++unit) {
      cancel.check();
      for (const Stage& stage : stages) {
        for (size_t k = 0; k < stage.chains.size(); ++k) run_chain(stage, k, unit);
      }
    }
  }

 private:
  static size_t at(int32_t id) { return static_cast<size_t>(id); }
  const Graph& graph() const { return task_->plan->graph; }
  const NodePlan& node_plan(int32_t node) const { return task_->plan->nodes[at(node)]; }
  int32_t canonical(int32_t node) const { return node_plan(node).canonical; }

  /// Complete gradient of a node for one unit: [c][h][w] without halo. All buffers of a unit lie together, so
  /// that a place is reused within its unit only.
  T* buffer(int32_t node, int32_t unit) {
    const Schedule& schedule = *task_->schedule;
    return gradients_.data() + (unit * schedule.gradient_pixels + schedule.gradient_offset[at(node)]) * W;
  }
  View<T> buffer_view(int32_t node, int32_t unit) {
    const Shape& shape = graph().nodes[at(node)].shape;
    return {buffer(node, unit), int64_t{shape.h} * shape.w, shape.w};
  }
  const T* activation(int32_t node, int32_t unit) const {
    if constexpr (kThroughStatistics) {
      return task_->sample_major + sample_major_offset(*task_->plan, node, unit, task_->prepared->batch);
    } else {
      return task_->forward->activation(node, unit);
    }
  }
  bool has_jacobian(int32_t param) const {
    return param >= 0 && task_->schedule->jacobian_row[at(param)] >= 0;
  }
  T* jacobian(int32_t param, int32_t unit) const {
    const int64_t row = task_->schedule->jacobian_row[at(param)] - task_->first_row;
    const int64_t lane = kThroughStatistics ? task_->first_direction : int64_t{unit} * W;
    return task_->jacobian + row * task_->jacobian_stride + lane;
  }
  View<const T> root_view(const Stage& stage, const Chain& chain, int32_t unit) {
    const View<T> whole = buffer_view(stage.node, unit);
    return {whole.p + chain.channel * whole.channel * W, whole.channel, whole.row};
  }

  /// Scratch of one unit with a zero halo; the two of a parity never hold a gradient at the same time.
  View<T> scratch(const Layout& layout, bool odd) {
    for (Scratch& s : scratch_) {
      if (s.layout == layout && s.odd == odd) return s.view;
    }
    Scratch s{layout, odd, {}, {}};
    const auto values = static_cast<size_t>(layout.size()) * W;
    s.memory.reserve(values);
    s.memory.zero(values);
    s.view = {s.memory.data() + layout.origin() * W, layout.channel(), layout.row()};
    scratch_.push_back(std::move(s));
    return scratch_.back().view;
  }

  /// Sums over the whole batch for every chain that starts with a batch norm, and its scale's Jacobian row.
  void reduce_statistics(const Stage& stage, const CancelFlag& cancel) {
    size_t channels = 0;
    reduced_.assign(stage.chains.size(), 0);
    for (size_t k = 0; k < stage.chains.size(); ++k) {
      reduced_[k] = channels;
      if (starts_with_batch_norm(stage.chains[k])) channels += at(stage.chains[k].root.c);
    }
    sums_.assign(channels * 2, Sum{});
    for (int32_t unit = 0; unit < units_; ++unit) {
      cancel.check();
      for (size_t k = 0; k < stage.chains.size(); ++k) {
        const Chain& chain = stage.chains[k];
        if (!starts_with_batch_norm(chain)) continue;
        for (int32_t c = 0; c < chain.root.c; ++c) {
          const auto i = (reduced_[k] + at(c)) * 2;
          batch_norm_sums<L, A>(batch_norm_plane(chain, root_view(stage, chain, unit), c, unit),
                                sums_[i].value, sums_[i + 1].value);
        }
      }
    }
    for (size_t k = 0; k < stage.chains.size(); ++k) {
      const Chain& chain = stage.chains[k];
      if (!starts_with_batch_norm(chain)) continue;
      const int32_t v = chain.ops[0];
      if (!has_jacobian(graph().nodes[at(v)].weight)) continue;
      const Normalisation<T>& norm = task_->forward->normalisation(v);
      T* row = jacobian(graph().nodes[at(v)].weight, 0);
      for (int32_t c = 0; c < chain.root.c; ++c) {
        store_scaled(row + c * task_->jacobian_stride, sums_[(reduced_[k] + at(c)) * 2 + 1].value,
                     chain.scale * norm.inverse_deviation[at(c)]);
      }
    }
  }

  bool starts_with_batch_norm(const Chain& chain) const {
    return !chain.ops.empty() && graph().nodes[at(chain.ops[0])].op == Op::kBatchNorm;
  }

  static void store_scaled(T* p, const typename L::D& value, double factor) {
    for (int lane = 0; lane < W; ++lane) p[lane] = static_cast<T>(value[lane] * factor);
  }

  BatchNormPlane<T> batch_norm_plane(const Chain& chain, View<const T> gradient, int32_t c,
                                     int32_t unit) const {
    const int32_t u = canonical(graph().nodes[at(chain.ops[0])].inputs[0]);
    const Layout& layout = node_plan(u).layout;
    BatchNormPlane<T> plane;
    plane.gradient = gradient.p + c * gradient.channel * W;
    plane.gradient_row = gradient.row;
    plane.input = activation(u, unit) + c * layout.channel() * A::stride;
    plane.input_row = layout.row();
    plane.rows = layout.h;
    plane.cols = layout.w;
    plane.mean = task_->forward->normalisation(chain.ops[0]).mean[at(c)];
    return plane;
  }

  void run_chain(const Stage& stage, size_t index, int32_t unit) {
    const Chain& chain = stage.chains[index];
    View<const T> gradient = root_view(stage, chain, unit);
    T scale = static_cast<T>(chain.scale);
    if (chain.ops.empty()) {
      const View<T> out = buffer_view(chain.destination, unit);
      for (int32_t c = 0; c < chain.root.c; ++c) {
        copy_plane<L>(gradient.p + c * gradient.channel * W, gradient.row, scale, out.p + c * out.channel * W,
                      out.row, chain.root.h, chain.root.w, chain.accumulate);
      }
      return;
    }
    for (size_t k = 0; k < chain.ops.size(); ++k) {
      const int32_t v = chain.ops[k];
      const bool last = k + 1 == chain.ops.size();
      const bool wanted = !last || chain.destination >= 0;
      const bool accumulate = last && chain.accumulate;
      const bool odd = k % 2 == 1;
      View<T> out;
      if (wanted)
        out = last ? buffer_view(chain.destination, unit)
                   : scratch(input_gradient_layout(chain.ops[k + 1]), odd);
      step(stage, index, v, gradient, scale, out, wanted, accumulate, odd, unit);
      gradient = {out.p, out.channel, out.row};
      scale = 1;
    }
  }

  /// Layout in which the operation `v` wants its output gradient.
  Layout input_gradient_layout(int32_t v) const {
    const NodePlan& plan = node_plan(v);
    if (plan.conv >= 0) return task_->plan->convs[at(plan.conv)].gradient;
    const Shape& shape = graph().nodes[at(v)].shape;
    return {shape.c, shape.h, shape.w, 0};
  }

  void step(const Stage& stage, size_t index, int32_t v, View<const T> gradient, T scale, View<T> out,
            bool wanted, bool accumulate, bool odd, int32_t unit) {
    const Node& node = graph().nodes[at(v)];
    const int32_t u = canonical(node.inputs[0]);
    const Layout& in = node_plan(u).layout;
    const Shape in_shape{in.c, in.h, in.w};
    const auto plane = [&](const View<T>& view, int32_t c) { return view.p + c * view.channel * W; };
    switch (node.op) {
      case Op::kBatchNorm:
        batch_norm(stage.chains[index], index, gradient, out, wanted, accumulate, unit);
        return;
      case Op::kConv2d:
      case Op::kLinear:
        convolution(v, u, gradient, scale, out, wanted, accumulate, odd, unit);
        return;
      default:
        break;
    }
    if (!wanted) return;
    if (node.op == Op::kAvgPool2d) lines_.reserve(static_cast<size_t>(node.shape.h) * at(in.w) * W);
    for (int32_t c = 0; c < in.c; ++c) {
      const T* g = gradient.p + c * gradient.channel * W;
      T* target = plane(out, c);
      switch (node.op) {
        case Op::kRelu:
          rectify_gradient<L, A>(g, gradient.row, scale,
                                 activation(v, unit) + c * node_plan(v).layout.channel() * A::stride,
                                 node_plan(v).layout.row(), target, out.row, in.h, in.w, accumulate);
          break;
        case Op::kAvgPool2d:
          average_pool_gradient<L>(node, in_shape, g, gradient.row, scale, target, out.row, lines_.data(),
                                   accumulate);
          break;
        case Op::kMaxPool2d:
          if (!accumulate) zero_plane<L>(target, out.row, in.h, in.w);
          max_pool_gradient<L, A>(node, in_shape, activation(u, unit) + c * in.channel() * A::stride,
                                  in.row(), g, gradient.row, scale, target, out.row);
          break;
        case Op::kPad2d:
          pad(node, in_shape, g, gradient.row, scale, target, out.row, accumulate);
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

  void pad(const Node& node, const Shape& in, const T* gradient, int64_t gradient_row, T scale, T* out,
           int64_t out_row, bool accumulate) {
    if (!accumulate) zero_plane<L>(out, out_row, in.h, in.w);
    const int32_t y0 = std::max(-node.top, 0), x0 = std::max(-node.left, 0);
    const int32_t y1 = std::min(in.h, node.shape.h - node.top), x1 = std::min(in.w, node.shape.w - node.left);
    if (y1 <= y0 || x1 <= x0) return;
    copy_plane<L>(gradient + ((y0 + node.top) * gradient_row + x0 + node.left) * W, gradient_row, scale,
                  out + (y0 * out_row + x0) * W, out_row, y1 - y0, x1 - x0, true);
  }

  void batch_norm(const Chain& chain, size_t index, View<const T> gradient, View<T> out, bool wanted,
                  bool accumulate, int32_t unit) {
    const int32_t v = chain.ops[0];
    const Node& node = graph().nodes[at(v)];
    const Normalisation<T>& norm = task_->forward->normalisation(v);
    const double count = static_cast<double>(task_->prepared->batch) * node.shape.h * node.shape.w;
    for (int32_t c = 0; c < node.shape.c; ++c) {
      BatchNormPlane<T> plane = batch_norm_plane(chain, gradient, c, unit);
      plane.accumulate = accumulate;
      if (wanted) {
        plane.out = out.p + c * out.channel * W;
        plane.out_row = out.row;
      }
      const double slope = static_cast<double>(norm.factor[at(c)]) * chain.scale;
      if constexpr (kThroughStatistics) {
        if (!wanted) continue;
        const auto i = (reduced_[index] + at(c)) * 2;
        const double inverse = norm.inverse_deviation[at(c)];
        V shift, tilt;
        for (int lane = 0; lane < W; ++lane) {
          shift[lane] = static_cast<T>(-slope / count * sums_[i].value[lane]);
          tilt[lane] = static_cast<T>(-slope / count * inverse * inverse * sums_[i + 1].value[lane]);
        }
        batch_norm_apply<L, A>(plane, static_cast<T>(slope), shift, tilt);
      } else {
        const typename L::D product = batch_norm_constant<L, A>(plane, static_cast<T>(slope));
        if (has_jacobian(node.weight)) {
          store_scaled(jacobian(node.weight, unit) + c * task_->jacobian_stride, product,
                       chain.scale * norm.inverse_deviation[at(c)]);
        }
      }
    }
  }

  void convolution(int32_t v, int32_t u, View<const T> gradient, T scale, View<T> out, bool wanted,
                   bool accumulate, bool odd, int32_t unit) {
    const Node& node = graph().nodes[at(v)];
    const ConvPlan& conv = task_->plan->convs[at(node_plan(v).conv)];
    const Layout& layout = conv.gradient;
    if (scale != T{1} || (wanted && layout.halo > 0 && gradient.row != layout.row())) {
      const View<T> copy = scratch(layout, !odd);
      for (int32_t c = 0; c < layout.c; ++c) {
        copy_plane<L>(gradient.p + c * gradient.channel * W, gradient.row, scale,
                      copy.p + c * copy.channel * W, copy.row, layout.h, layout.w, false);
      }
      gradient = {copy.p, copy.channel, copy.row};
    }
    const Layout& in = node_plan(u).layout;
    for (int32_t group = 0; group < conv.groups; ++group) {
      const View<const T> own{gradient.p + group * conv.co * gradient.channel * W, gradient.channel,
                              gradient.row};
      if (has_jacobian(node.weight)) {
        WeightGradientArgs<T> args;
        args.gradient = own;
        args.input = activation(u, unit) + group * conv.ci * in.channel() * A::stride;
        args.columns = conv.forward.columns.data();
        args.column_count = static_cast<int32_t>(conv.forward.columns.size());
        args.input_row = conv.stride_row * in.row();
        args.input_col = conv.stride_col;
        args.rows = node.shape.h;
        args.cols = node.shape.w;
        args.jacobian = jacobian(node.weight, unit) +
                        int64_t{group} * conv.co * args.column_count * task_->jacobian_stride;
        args.jacobian_row = task_->jacobian_stride;
        weight_gradient<L, A, Forward>(args, conv.co_tiles);
      }
      if (!wanted) continue;
      ConvArgs<T> args;
      args.in = own;
      args.out = {out.p + group * conv.ci * out.channel * W, out.channel, out.row};
      args.accumulate = accumulate;
      for (const Phase& phase : conv.backward) {
        args.weights = task_->prepared->packed() + phase.pack_offset +
                       int64_t{group} * conv.co * conv.ci * static_cast<int64_t>(phase.taps.size());
        convolve<L>(args, phase, conv.ci_tiles);
      }
    }
  }

  /// Of this instruction set alone: a vector of bare doubles is aligned otherwise in another's code.
  struct Sum {
    typename L::D value{};
  };

  struct Scratch {
    Layout layout;
    bool odd;
    Buffer<T> memory;
    View<T> view;
  };

  const Task* task_ = nullptr;
  int32_t units_ = 0;
  Buffer<T> gradients_, lines_;
  std::vector<Scratch> scratch_;
  std::vector<size_t> reduced_;
  std::vector<Sum> sums_;
};

}  // namespace tenas::engine::TENAS_ISA
