#include "cuda/backward_tape.hpp"

#include <algorithm>

#include "cuda/convolution_steps.hpp"
#include "cuda/plane_gradients.hpp"

namespace tenas::cuda {
namespace {

using engine::BackwardStage;
using engine::Chain;
using engine::Layout;

class BackwardBuilder {
 public:
  BackwardBuilder(const DeviceLayout& layout, const engine::Schedule& schedule, const BackwardForm& form,
                  GradientBuffers& buffers, const PassAdditions& additions)
      : layout_(layout),
        plan_(layout.plan()),
        schedule_(schedule),
        form_(form),
        by_direction_(form == BackwardForm{NtkMode::kBatch}),
        buffers_(buffers),
        additions_(additions),
        writer_(layout, buffers, by_direction_),
        gradient_(plan_.nodes.size(), -1) {}

  BackwardTape build() {
    start(layout_.canonical(plan_.graph.output), 0);
    for (const int32_t head : additions_.heads) start(head, made_.outputs++);
    for (const BackwardStage& stage : schedule_.stages) add_stage(stage);
    keep_input();
    made_.tape = writer_.take();
    return std::move(made_);
  }

 private:
  const Node& node(int32_t v) const { return layout_.node(v); }
  Levels& levels() { return writer_.levels(); }
  int64_t jacobian(int32_t param) const { return param < 0 ? -1 : schedule_.jacobian_row[param]; }
  bool is_target(int32_t param) const { return jacobian(param) >= 0; }
  /// Place of a parameter in the item's gradient, or -1.
  int64_t place(int32_t param) const { return is_target(param) ? layout_.param(param) : -1; }
  bool is_gradient() const { return std::holds_alternative<GradientStatistics>(form_); }
  bool has(GradientStatistics statistics) const { return form_ == BackwardForm{statistics}; }

  /// Place of the factors of entry k of drop path; -1 of none.
  int64_t drop_path(int32_t k) const { return k < 0 ? -1 : additions_.factors->path(k); }

  /// The buffer of a node's gradient, taken by its first writer.
  int32_t gradient(int32_t v) {
    int32_t& buffer = gradient_[v];
    if (buffer < 0) {
      const Shape& shape = node(v).shape;
      buffer = buffers_.take({shape.c, shape.h, shape.w, 0});
    }
    return buffer;
  }

  /// Starts with the gradient by an output, if that depends on a target.
  void start(int32_t output, int64_t k) {
    if (schedule_.gradient_offset[output] < 0) return;
    const int32_t buffer = gradient(output);
    if (is_gradient()) {
      InputStep given;
      given.out = buffers_.tensor(buffer);
      given.shape = writer_.rows(node(output).shape);
      given.cols = node(output).shape.w;
      given.batch = layout_.batch();
      given.first = k * layout_.batch() * node(output).shape.size();
      return writer_.add<PackInputs>(levels().claim({}, {buffer}), given);
    }
    StartStep step;
    step.out = buffers_.tensor(buffer);
    step.shape = writer_.rows(node(output).shape);
    step.cols = node(output).shape.w;
    step.by_direction = by_direction_;
    writer_.add<Start>(levels().claim({}, {buffer}), step);
  }

  void add_stage(const BackwardStage& stage) {
    const int32_t root = gradient(stage.node);
    if (stage.dropout >= 0) {
      const Shape& shape = node(stage.node).shape;
      writer_.add<DropValues>(
          levels().claim({root}, {root}),
          {buffers_.tensor(root), additions_.factors->values(stage.dropout), writer_.rows(shape), shape.w});
    }
    for (const engine::CoefficientTerm& term : stage.coefficients) add_coefficient(term, root);
    for (const Chain& chain : stage.chains) {
      Source source{buffers_.tensor(root), root};
      source.tensor.offset += chain.channel * source.tensor.channel * kLanes;
      add_chain(chain, source);
    }
    writer_.free_scratch();
    buffers_.give(root);
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
      writer_.copy(source, static_cast<float>(chain.scale), chain.root, buffers_.tensor(out), out,
                   chain.accumulate, drop_path(chain.drop_path));
      return;
    }
    double scale = chain.scale;
    for (size_t k = 0; k < chain.ops.size(); ++k) {
      const bool last = k + 1 == chain.ops.size();
      const bool wanted = !last || chain.destination >= 0;
      int32_t out = -1;
      if (wanted)
        out = last ? gradient(chain.destination) : writer_.scratch(gradient_layout(chain.ops[k + 1]));
      add_operation(chain.ops[k], k == 0 ? chain.branch : 0, source, scale, out, last && chain.accumulate);
      if (wanted) source = {buffers_.tensor(out), out};
      scale = 1;
    }
  }

  /// Differentiates node `v` by its input `branch`; `out` is the buffer of that input's gradient, or -1.
  void add_operation(int32_t v, int32_t branch, const Source& source, double scale, int32_t out,
                     bool accumulate) {
    switch (node(v).op) {
      case Op::kBatchNorm:
        return add_batch_norm(v, source, scale, out, accumulate);
      case Op::kConv2d:
      case Op::kLinear:
        return add_convolution(v, source, static_cast<float>(scale), out, accumulate);
      default:
        if (out < 0) return;
        return add_plane_gradient(writer_, v, branch, {source, static_cast<float>(scale), out, accumulate});
    }
  }

  void add_coefficient(const engine::CoefficientTerm& term, int32_t root) {
    const bool normalised = node(term.node).op == Op::kBatchNorm && !plan_.nodes[term.node].stored;
    const Shape& shape = node(term.node).shape;
    CoefficientStep step;
    step.gradient = buffers_.tensor(root);
    step.gradient.offset += term.channel * step.gradient.channel * kLanes;
    step.output = writer_.activation(normalised ? writer_.input(term.node) : term.node);
    step.shape = writer_.rows(shape);
    step.cols = shape.w;
    step.batch = layout_.batch();
    if (normalised && !has(GradientStatistics::kNone)) step.norm = layout_.norm(term.node);
    if (has(GradientStatistics::kPerSample)) step.samples = layout_.padded();
    step.drop_path = drop_path(term.drop_path);
    step.first = made_.coefficient_values;
    made_.coefficients.push_back({term.slot, term.scale, step.first, shape.c});
    made_.coefficient_values += shape.c;
    writer_.add<CoefficientSum>(levels().claim({root}, {}), step);
  }

  /// The gradient by the input, without halo.
  void keep_input() {
    const int32_t input = plan_.graph.input;
    if (!is_gradient() || gradient_[input] < 0) return;
    const Shape& shape = node(input).shape;
    const int64_t plane = int64_t{shape.h} * shape.w;
    writer_.copy({buffers_.tensor(gradient_[input]), gradient_[input]}, 1, shape,
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

  void add_batch_norm(int32_t v, const Source& source, double scale, int32_t out, bool accumulate) {
    const Shape& shape = node(v).shape;
    if (has(GradientStatistics::kNone)) {
      if (out >= 0)
        writer_.copy(source, static_cast<float>(scale), shape, buffers_.tensor(out), out, accumulate);
      return;
    }
    BatchNormStep step;
    step.gradient = source.tensor;
    step.input = writer_.activation(writer_.input(v));
    step.shape = writer_.rows(shape);
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
      const int32_t level = out >= 0 ? levels().claim({source.id}, {out}) : levels().claim({source.id}, {});
      return writer_.add<BatchNormConstant>(level, step);
    }
    step.sums = made_.sum_channels;
    made_.sum_channels += shape.c;
    const int32_t sums = kFirstSums + v;
    if (!step.constant || step.weight >= 0 || step.bias >= 0) {
      writer_.add_by_access<BatchNormSums>(levels().claim({source.id}, {sums}), step);
    }
    if (out < 0) return;
    const int32_t level =
        step.constant ? levels().claim({source.id}, {out}) : levels().claim({source.id, sums}, {out});
    writer_.add_by_access<BatchNormApply>(level, step);
  }

  void add_sample_norm(int32_t v, const Source& source, const BatchNormStep& of, int32_t out) {
    SampleNormStep step{of};
    step.of.count = static_cast<double>(of.shape.rows) * of.cols;
    step.parts = take_parts(node(v).weight, step.samples(), of.shape.channels);
    take_parts(node(v).bias, step.samples(), of.shape.channels);
    writer_.add<BatchNormSample>(
        out >= 0 ? levels().claim({source.id}, {out}) : levels().claim({source.id}, {}), step);
  }

  void add_convolution(int32_t v, Source source, float scale, int32_t out, bool accumulate) {
    const engine::ConvPlan& conv = plan_.convs[plan_.nodes[v].conv];
    const Layout& layout = conv.gradient;
    if (scale != 1 || (out >= 0 && layout.halo > 0 && source.tensor.row != layout.row())) {
      const int32_t buffer = writer_.scratch(layout);
      writer_.copy(source, scale, {layout.c, layout.h, layout.w}, buffers_.tensor(buffer), buffer, false);
      source = {buffers_.tensor(buffer), buffer};
    }
    if (is_gradient() && is_target(node(v).bias)) {
      const Shape& shape = node(v).shape;
      writer_.add<ChannelSum>(levels().claim({source.id}, {}),
                              {source.tensor, writer_.rows(shape), shape.w, place(node(v).bias)});
    }
    if (is_target(node(v).weight)) {
      WeightGradientStep step = weight_gradient_step(layout_, v);
      step.gradient = source.tensor;
      step.input = writer_.activation(writer_.input(v));
      step.units = buffers_.units();
      step.jacobian = jacobian(node(v).weight);
      step.jacobian_stride = layout_.padded();
      const int32_t level = levels().claim({source.id}, {});
      if (is_gradient()) {
        add_weight_sum(level, node(v).weight, step);
      } else {
        writer_.add_by_access<WeightGradient>(level, step);
      }
    }
    if (out < 0) return;
    // The dense convolutions write different pixels: none has to wait for another.
    const int32_t level = levels().claim({source.id}, {out});
    for (size_t k = 0; k < conv.backward.size(); ++k) {
      ConvolutionStep step = data_gradient_step(layout_, v, k);
      step.in = source.tensor;
      step.out = buffers_.tensor(out);
      step.units = buffers_.units();
      step.accumulate = accumulate;
      writer_.add<Convolution>(level, step);
    }
  }

  void add_weight_sum(int32_t level, int32_t weight, const WeightGradientStep& of) {
    WeightSumStep step{of};
    const int64_t bands = int64_t{of.units} * of.bands();
    step.divided = std::clamp<int64_t>(bands / kBandsPerPart, 1, kMostParts);
    step.parts = take_parts(weight, step.divided, step.size());
    writer_.add<WeightSum>(level, step);
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
  const PassAdditions additions_;
  GradientWriter writer_;
  std::vector<int32_t> gradient_;  // buffer of a node's gradient, or -1
  BackwardTape made_;
};

}  // namespace

BackwardTape backward_tape(const DeviceLayout& layout, const engine::Schedule& schedule,
                           const BackwardForm& form, GradientBuffers& buffers,
                           const PassAdditions& additions) {
  return BackwardBuilder(layout, schedule, form, buffers, additions).build();
}

}  // namespace tenas::cuda
