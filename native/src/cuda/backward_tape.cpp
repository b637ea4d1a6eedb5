#include "cuda/backward_tape.hpp"

#include <algorithm>

#include "cuda/convolution_steps.hpp"
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
  BackwardBuilder(const DeviceLayout& layout, const engine::Schedule& schedule, const BackwardForm& form,
                  GradientBuffers& buffers)
      : layout_(layout),
        plan_(layout.plan()),
        schedule_(schedule),
        form_(form),
        by_direction_(form == BackwardForm{NtkMode::kBatch}),
        buffers_(buffers),
        gradient_(plan_.nodes.size(), -1) {}

  BackwardTape build() {
    buffers_.reset();
    if (schedule_.gradient_offset[layout_.canonical(plan_.graph.output)] >= 0) start();
    for (const BackwardStage& stage : schedule_.stages) add_stage(stage);
    keep_input();
    return std::move(made_);
  }

 private:
  const Node& node(int32_t v) const { return layout_.node(v); }
  int32_t input(int32_t v) const { return layout_.canonical(node(v).inputs[0]); }
  Rows rows(const Shape& shape) const { return {buffers_.units(), shape.c, shape.h}; }
  Tensor activation(int32_t v) const {
    return by_direction_ ? layout_.sample_major(v) : layout_.activation(v);
  }
  int64_t jacobian(int32_t param) const { return param < 0 ? -1 : schedule_.jacobian_row[param]; }
  bool is_target(int32_t param) const { return jacobian(param) >= 0; }
  /// Place of a parameter in the item's gradient, or -1.
  int64_t place(int32_t param) const { return is_target(param) ? layout_.param(param) : -1; }
  bool is_gradient() const { return std::holds_alternative<GradientStatistics>(form_); }
  bool has(GradientStatistics statistics) const { return form_ == BackwardForm{statistics}; }

  /// Adds the kernel for how this pass reads activations.
  template <template <class> class K, class Step>
  void add_by_access(int32_t level, const Step& step) {
    if (by_direction_) {
      tape().add<K<BroadcastAccess>>(level, step);
    } else {
      tape().add<K<LaneAccess>>(level, step);
    }
  }

  Tape& tape() { return made_.tape; }

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
    if (is_gradient()) {
      InputStep given;
      given.out = buffers_.tensor(buffer);
      given.shape = rows(node(output).shape);
      given.cols = node(output).shape.w;
      given.batch = layout_.batch();
      return tape().add<PackInputs>(levels_.claim({}, {buffer}), given);
    }
    StartStep step;
    step.out = buffers_.tensor(buffer);
    step.shape = rows(node(output).shape);
    step.cols = node(output).shape.w;
    step.by_direction = by_direction_;
    tape().add<Start>(levels_.claim({}, {buffer}), step);
  }

  void add_stage(const BackwardStage& stage) {
    const int32_t root = gradient(stage.node);
    for (const engine::CoefficientTerm& term : stage.coefficients) add_coefficient(term, root);
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

  void add_coefficient(const engine::CoefficientTerm& term, int32_t root) {
    const bool normalised = node(term.node).op == Op::kBatchNorm && !plan_.nodes[term.node].stored;
    const Shape& shape = node(term.node).shape;
    CoefficientStep step;
    step.gradient = buffers_.tensor(root);
    step.gradient.offset += term.channel * step.gradient.channel * kLanes;
    step.output = activation(normalised ? input(term.node) : term.node);
    step.shape = rows(shape);
    step.cols = shape.w;
    step.batch = layout_.batch();
    if (normalised && !has(GradientStatistics::kNone)) step.norm = layout_.norm(term.node);
    if (has(GradientStatistics::kPerSample)) step.samples = layout_.padded();
    step.first = made_.coefficient_values;
    made_.coefficients.push_back({term.slot, term.scale, step.first, shape.c});
    made_.coefficient_values += shape.c;
    tape().add<CoefficientSum>(levels_.claim({root}, {}), step);
  }

  /// The gradient by the input, without halo.
  void keep_input() {
    const int32_t input = plan_.graph.input;
    if (!is_gradient() || gradient_[input] < 0) return;
    const Shape& shape = node(input).shape;
    const int64_t plane = int64_t{shape.h} * shape.w;
    copy({buffers_.tensor(gradient_[input]), gradient_[input]}, 1, shape,
         {Area::kInputGradient, 0, shape.c * plane * kLanes, plane, shape.w}, kInputCopy, false);
  }

  /// Room in the item's parts for `count` parts of `values` values, which are added up to a parameter's
  /// gradient.
  int64_t take_parts(int32_t param, int64_t count, int64_t values) {
    const int64_t first = made_.parts;
    made_.parts += count * values;
    if (is_target(param)) made_.sums.add<PartSum>(0, {first, count, values, place(param)});
    return first;
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
    tape().add<Copy>(levels_.claim({source.id}, {out}), step);
  }

  void add_batch_norm(int32_t v, const Source& source, double scale, int32_t out, bool accumulate) {
    const Shape& shape = node(v).shape;
    if (has(GradientStatistics::kNone)) {
      if (out >= 0) copy(source, static_cast<float>(scale), shape, buffers_.tensor(out), out, accumulate);
      return;
    }
    BatchNormStep step;
    step.gradient = source.tensor;
    step.input = activation(input(v));
    step.shape = rows(shape);
    step.cols = shape.w;
    step.norm = layout_.norm(v);
    step.jacobian = jacobian(node(v).weight);
    step.jacobian_stride = layout_.padded();
    step.scale = scale;
    step.weight = place(node(v).weight);
    step.bias = place(node(v).bias);
    step.batch = layout_.batch();
    step.constant = has(GradientStatistics::kConstant);
    step.count = static_cast<double>(layout_.batch()) * shape.h * shape.w;
    step.wanted = out >= 0;
    step.accumulate = accumulate;
    if (out >= 0) step.out = buffers_.tensor(out);
    if (has(GradientStatistics::kPerSample)) return add_sample_norm(v, source, step, out);
    if (form_ == BackwardForm{NtkMode::kSample}) {
      const int32_t level = out >= 0 ? levels_.claim({source.id}, {out}) : levels_.claim({source.id}, {});
      return tape().add<BatchNormConstant>(level, step);
    }
    step.sums = made_.sum_channels;
    made_.sum_channels += shape.c;
    const int32_t sums = kFirstSums + v;
    if (!step.constant || step.weight >= 0 || step.bias >= 0) {
      add_by_access<BatchNormSums>(levels_.claim({source.id}, {sums}), step);
    }
    if (out < 0) return;
    const int32_t level =
        step.constant ? levels_.claim({source.id}, {out}) : levels_.claim({source.id, sums}, {out});
    add_by_access<BatchNormApply>(level, step);
  }

  void add_sample_norm(int32_t v, const Source& source, const BatchNormStep& of, int32_t out) {
    SampleNormStep step{of};
    step.of.count = static_cast<double>(of.shape.rows) * of.cols;
    step.parts = take_parts(node(v).weight, step.samples(), of.shape.channels);
    take_parts(node(v).bias, step.samples(), of.shape.channels);
    tape().add<BatchNormSample>(out >= 0 ? levels_.claim({source.id}, {out}) : levels_.claim({source.id}, {}),
                                step);
  }

  void add_convolution(int32_t v, Source source, float scale, int32_t out, bool accumulate) {
    const engine::ConvPlan& conv = plan_.convs[plan_.nodes[v].conv];
    const Layout& layout = conv.gradient;
    if (scale != 1 || (out >= 0 && layout.halo > 0 && source.tensor.row != layout.row())) {
      const int32_t buffer = scratch(layout);
      copy(source, scale, {layout.c, layout.h, layout.w}, buffers_.tensor(buffer), buffer, false);
      source = {buffers_.tensor(buffer), buffer};
    }
    if (is_gradient() && is_target(node(v).bias)) {
      const Shape& shape = node(v).shape;
      tape().add<ChannelSum>(levels_.claim({source.id}, {}),
                             {source.tensor, rows(shape), shape.w, place(node(v).bias)});
    }
    if (is_target(node(v).weight)) {
      WeightGradientStep step = weight_gradient_step(layout_, v);
      step.gradient = source.tensor;
      step.input = activation(input(v));
      step.units = buffers_.units();
      step.jacobian = jacobian(node(v).weight);
      step.jacobian_stride = layout_.padded();
      const int32_t level = levels_.claim({source.id}, {});
      if (is_gradient()) {
        add_weight_sum(level, node(v).weight, step);
      } else {
        add_by_access<WeightGradient>(level, step);
      }
    }
    if (out < 0) return;
    // The dense convolutions write different pixels: none has to wait for another.
    const int32_t level = levels_.claim({source.id}, {out});
    for (size_t k = 0; k < conv.backward.size(); ++k) {
      ConvolutionStep step = data_gradient_step(layout_, v, k);
      step.in = source.tensor;
      step.out = buffers_.tensor(out);
      step.units = buffers_.units();
      step.accumulate = accumulate;
      tape().add<Convolution>(level, step);
    }
  }

  void add_weight_sum(int32_t level, int32_t weight, const WeightGradientStep& of) {
    WeightSumStep step{of};
    const int64_t bands = int64_t{of.units} * of.bands();
    step.divided = std::clamp<int64_t>(bands / kBandsPerPart, 1, kMostParts);
    step.parts = take_parts(weight, step.divided, step.size());
    tape().add<WeightSum>(level, step);
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
    tape().add<AverageSpread>(levels_.claim({source.id}, {lines}), step);
    step.rows = in.h;
    tape().add<AverageGather>(levels_.claim({lines}, {out}), step);
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
      tape().add<Copy>(levels_.claim({}, {out}), zero);
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
  static constexpr int32_t kInputCopy = kFirstSums - 1;
  /// Bands that a block of WeightSum sums up, and parts of a sum, at most: more blocks for large maps, and
  /// little memory.
  static constexpr int64_t kBandsPerPart = 8, kMostParts = 8;

  const DeviceLayout& layout_;
  const engine::Plan& plan_;
  const engine::Schedule& schedule_;
  const BackwardForm form_;
  const bool by_direction_;
  GradientBuffers& buffers_;
  std::vector<int32_t> gradient_;  // buffer of a node's gradient, or -1
  std::vector<int32_t> scratch_;   // buffers of the current stage
  Levels levels_;
  BackwardTape made_;
};

}  // namespace

BackwardTape backward_tape(const DeviceLayout& layout, const engine::Schedule& schedule,
                           const BackwardForm& form, GradientBuffers& buffers) {
  return BackwardBuilder(layout, schedule, form, buffers).build();
}

}  // namespace tenas::cuda
