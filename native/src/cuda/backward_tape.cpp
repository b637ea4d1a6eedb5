#include "cuda/backward_tape.hpp"

#include <algorithm>

#include "cuda/forward_tape.hpp"

namespace tenas::cuda {
namespace {

using engine::BackwardStage;
using engine::Chain;
using engine::Layout;

/// A gradient as a chain's next operation reads it.
struct Source {
  Tensor tensor;
  int32_t id = 0;  // resource
};

class BackwardBuilder {
 public:
  BackwardBuilder(const DeviceLayout& layout, const engine::Schedule& schedule, NtkMode mode,
                  GradientBuffers& buffers)
      : layout_(layout),
        plan_(layout.plan()),
        schedule_(schedule),
        by_direction_(mode == NtkMode::kBatch),
        buffers_(buffers),
        gradient_(plan_.nodes.size(), -1) {}

  BackwardTape build() {
    buffers_.reset();
    if (!schedule_.stages.empty()) start();
    for (const BackwardStage& stage : schedule_.stages) add_stage(stage);
    return {std::move(tape_), sum_channels_};
  }

 private:
  const Node& node(int32_t v) const { return layout_.node(v); }
  int32_t input(int32_t v) const { return layout_.canonical(node(v).inputs[0]); }
  Rows rows(const Shape& shape) const { return {buffers_.units(), shape.c, shape.h}; }
  Tensor activation(int32_t v) const {
    return by_direction_ ? layout_.sample_major(v) : layout_.activation(v);
  }
  int64_t jacobian(int32_t param) const { return param < 0 ? -1 : schedule_.jacobian_row[param]; }

  /// Adds the kernel for how this pass reads activations.
  template <template <class> class K, class Step>
  void add_by_access(int32_t level, const Step& step) {
    if (by_direction_) {
      tape_.add<K<BroadcastAccess>>(level, step);
    } else {
      tape_.add<K<LaneAccess>>(level, step);
    }
  }

  /// The buffer of a node's gradient, taken by its first writer.
  int32_t gradient(int32_t v) {
    int32_t& buffer = gradient_[v];
    if (buffer < 0) {
      const Shape& shape = node(v).shape;
      buffer = buffers_.take({shape.c, shape.h, shape.w, 0});
    }
    return buffer;
  }

  void start() {
    const int32_t output = layout_.canonical(plan_.graph.output);
    const int32_t buffer = gradient(output);
    StartStep step;
    step.out = buffers_.tensor(buffer);
    step.shape = rows(node(output).shape);
    step.cols = node(output).shape.w;
    step.by_direction = by_direction_;
    tape_.add<Start>(levels_.claim({}, {buffer}), step);
  }

  void add_stage(const BackwardStage& stage) {
    const int32_t root = gradient(stage.node);
    for (const Chain& chain : stage.chains) {
      Source source{buffers_.tensor(root), root};
      source.tensor.offset += chain.channel * source.tensor.channel * kLanes;
      add_chain(chain, source);
    }
    for (const int32_t buffer : scratch_) buffers_.give(buffer);
    scratch_.clear();
    buffers_.give(root);
  }

  int32_t scratch(const Layout& layout) {
    scratch_.push_back(buffers_.take(layout));
    return scratch_.back();
  }

  /// Layout in which the operation `v` wants its output gradient.
  Layout gradient_layout(int32_t v) const {
    const int32_t conv = plan_.nodes[v].conv;
    if (conv >= 0) return plan_.convs[conv].gradient;
    const Shape& shape = node(v).shape;
    return {shape.c, shape.h, shape.w, 0};
  }

  void add_chain(const Chain& chain, Source source) {
    if (chain.ops.empty()) {
      const int32_t out = gradient(chain.destination);
      copy(source, static_cast<float>(chain.scale), chain.root, buffers_.tensor(out), out, chain.accumulate);
      return;
    }
    double scale = chain.scale;
    for (size_t k = 0; k < chain.ops.size(); ++k) {
      const bool last = k + 1 == chain.ops.size();
      const bool wanted = !last || chain.destination >= 0;
      int32_t out = -1;
      if (wanted) out = last ? gradient(chain.destination) : scratch(gradient_layout(chain.ops[k + 1]));
      add_operation(chain.ops[k], source, scale, out, last && chain.accumulate);
      if (wanted) source = {buffers_.tensor(out), out};
      scale = 1;
    }
  }

  /// Differentiates node `v`; `out` is the buffer of its input's gradient, or -1.
  void add_operation(int32_t v, const Source& source, double scale, int32_t out, bool accumulate) {
    switch (node(v).op) {
      case Op::kBatchNorm:
        return add_batch_norm(v, source, scale, out, accumulate);
      case Op::kConv2d:
      case Op::kLinear:
        return add_convolution(v, source, static_cast<float>(scale), out, accumulate);
      default:
        break;
    }
    if (out < 0) return;
    switch (node(v).op) {
      case Op::kRelu:
        return add_relu(v, source, static_cast<float>(scale), out, accumulate);
      case Op::kAvgPool2d:
      case Op::kGlobalAvgPool:
      case Op::kMaxPool2d:
        return add_pool(v, source, static_cast<float>(scale), out, accumulate);
      case Op::kPad2d:
        return add_pad(v, source, static_cast<float>(scale), out, accumulate);
      default:
        break;
    }
  }

  void copy(const Source& source, float factor, const Shape& shape, const Tensor& to, int32_t out,
            bool accumulate) {
    CopyStep step;
    step.in = source.tensor;
    step.out = to;
    step.shape = rows(shape);
    step.cols = shape.w;
    step.factor = factor;
    step.accumulate = accumulate;
    tape_.add<Copy>(levels_.claim({source.id}, {out}), step);
  }

  void add_batch_norm(int32_t v, const Source& source, double scale, int32_t out, bool accumulate) {
    const Shape& shape = node(v).shape;
    BatchNormStep step;
    step.gradient = source.tensor;
    step.input = activation(input(v));
    step.shape = rows(shape);
    step.cols = shape.w;
    step.norm = layout_.norm(v);
    step.jacobian = jacobian(node(v).weight);
    step.jacobian_stride = layout_.padded();
    step.scale = scale;
    step.count = static_cast<double>(layout_.batch()) * shape.h * shape.w;
    step.wanted = out >= 0;
    step.accumulate = accumulate;
    if (out >= 0) step.out = buffers_.tensor(out);
    if (!by_direction_) {
      const int32_t level = out >= 0 ? levels_.claim({source.id}, {out}) : levels_.claim({source.id}, {});
      return tape_.add<BatchNormConstant>(level, step);
    }
    step.sums = sum_channels_;
    sum_channels_ += shape.c;
    const int32_t sums = kFirstSums + v;
    tape_.add<BatchNormSums>(levels_.claim({source.id}, {sums}), step);
    if (out >= 0) tape_.add<BatchNormApply>(levels_.claim({source.id, sums}, {out}), step);
  }

  void add_convolution(int32_t v, Source source, float scale, int32_t out, bool accumulate) {
    const int32_t index = plan_.nodes[v].conv;
    const engine::ConvPlan& conv = plan_.convs[index];
    const Layout& layout = conv.gradient;
    if (scale != 1 || (out >= 0 && layout.halo > 0 && source.tensor.row != layout.row())) {
      const int32_t buffer = scratch(layout);
      copy(source, scale, {layout.c, layout.h, layout.w}, buffers_.tensor(buffer), buffer, false);
      source = {buffers_.tensor(buffer), buffer};
    }
    if (jacobian(node(v).weight) >= 0) {
      WeightGradientStep step;
      step.gradient = source.tensor;
      step.input = activation(input(v));
      step.columns = layout_.forward(index).columns;
      step.column_count = std::ssize(conv.forward.columns);
      step.units = buffers_.units();
      step.groups = conv.groups;
      step.sources = conv.ci;
      step.channels = conv.co;
      step.rows = node(v).shape.h;
      step.cols = node(v).shape.w;
      step.stride_row = conv.stride_row;
      step.stride_col = conv.stride_col;
      step.jacobian = jacobian(node(v).weight);
      step.jacobian_stride = layout_.padded();
      add_by_access<WeightGradient>(levels_.claim({source.id}, {}), step);
    }
    if (out < 0) return;
    // The dense convolutions write different pixels: none has to wait for another.
    const int32_t level = levels_.claim({source.id}, {out});
    for (size_t k = 0; k < conv.backward.size(); ++k) {
      const engine::DenseConv& dense = conv.backward[k];
      const DeviceLayout::Packed& packed = layout_.backward(index, k);
      ConvolutionStep step;
      step.in = source.tensor;
      step.out = buffers_.tensor(out);
      step.weights = packed.weights;
      step.columns = packed.columns;
      step.column_count = std::ssize(dense.columns);
      step.units = buffers_.units();
      step.groups = conv.groups;
      step.sources = conv.co;
      step.channels = conv.ci;
      step.rows = dense.rows;
      step.cols = dense.cols;
      step.first_row = dense.first_row;
      step.first_col = dense.first_col;
      step.step_row = dense.step_row;
      step.step_col = dense.step_col;
      step.src_step_row = dense.src_step_row;
      step.src_step_col = dense.src_step_col;
      step.accumulate = accumulate;
      tape_.add<Convolution>(level, step);
    }
  }

  void add_relu(int32_t v, const Source& source, float scale, int32_t out, bool accumulate) {
    const Shape& shape = node(v).shape;
    RectifyStep step;
    step.gradient = source.tensor;
    step.activation = activation(v);
    step.out = buffers_.tensor(out);
    step.shape = rows(shape);
    step.cols = shape.w;
    step.factor = scale;
    step.accumulate = accumulate;
    add_by_access<RectifyGradient>(levels_.claim({source.id}, {out}), step);
  }

  void add_pool(int32_t v, const Source& source, float scale, int32_t out, bool accumulate) {
    const Layout& in = layout_.tensor_layout(input(v));
    PoolGradientStep step;
    step.pool = pool_of(node(v));
    step.in_shape = shape_of(in);
    step.gradient = source.tensor;
    step.out = buffers_.tensor(out);
    step.units = buffers_.units();
    step.factor = scale;
    step.accumulate = accumulate;
    if (node(v).op == Op::kMaxPool2d) {
      step.activation = activation(input(v));
      return add_by_access<MaxPoolGradient>(levels_.claim({source.id}, {out}), step);
    }
    if (node(v).op == Op::kGlobalAvgPool) {  // an average pool with one window
      step.pool.kh = in.h;
      step.pool.kw = in.w;
    }
    const int32_t lines = scratch({in.c, step.pool.shape.h, in.w, 0});
    step.lines = buffers_.tensor(lines);
    step.rows = step.pool.shape.h;
    tape_.add<AverageSpread>(levels_.claim({source.id}, {lines}), step);
    step.rows = in.h;
    tape_.add<AverageGather>(levels_.claim({lines}, {out}), step);
  }

  void add_pad(int32_t v, const Source& source, float scale, int32_t out, bool accumulate) {
    const Node& pad = node(v);
    const Layout& in = layout_.tensor_layout(input(v));
    if (!accumulate) {
      CopyStep zero;
      zero.out = buffers_.tensor(out);
      zero.shape = rows(shape_of(in));
      zero.cols = in.w;
      zero.zero = true;
      tape_.add<Copy>(levels_.claim({}, {out}), zero);
    }
    const int32_t y0 = std::max(-pad.top, 0), x0 = std::max(-pad.left, 0);
    const int32_t y1 = std::min(in.h, pad.shape.h - pad.top), x1 = std::min(in.w, pad.shape.w - pad.left);
    if (y1 <= y0 || x1 <= x0) return;
    Source from = source;
    Tensor to = buffers_.tensor(out);
    from.tensor.offset += ((y0 + pad.top) * from.tensor.row + x0 + pad.left) * kLanes;
    to.offset += (y0 * to.row + x0) * kLanes;
    copy(from, scale, {in.c, y1 - y0, x1 - x0}, to, out, true);
  }

  /// Resource numbers: buffers from 0, the sums of batch norms by node from here.
  static constexpr int32_t kFirstSums = 1 << 16;

  const DeviceLayout& layout_;
  const engine::Plan& plan_;
  const engine::Schedule& schedule_;
  const bool by_direction_;
  GradientBuffers& buffers_;
  std::vector<int32_t> gradient_;  // buffer of a node's gradient, or -1
  std::vector<int32_t> scratch_;   // buffers of the current stage
  int64_t sum_channels_ = 0;
  Levels levels_;
  Tape tape_;
};

}  // namespace

BackwardTape backward_tape(const DeviceLayout& layout, const engine::Schedule& schedule, NtkMode mode,
                           GradientBuffers& buffers) {
  return BackwardBuilder(layout, schedule, mode, buffers).build();
}

}  // namespace tenas::cuda
