#include "cuda/forward_tape.hpp"

#include <algorithm>

#include "cuda/convolution_steps.hpp"

namespace tenas::cuda {
namespace {

class ForwardTape {
 public:
  ForwardTape(const DeviceLayout& layout, const engine::Schedule& schedule,
              std::span<const double> coefficients, tenas::Statistics statistics,
              const PassAdditions& additions)
      : layout_(layout),
        plan_(layout.plan()),
        schedule_(schedule),
        coefficients_(coefficients),
        statistics_(statistics),
        additions_(additions) {}

  Tape build(bool regions) {
    for (const int32_t v : schedule_.forward) {
      add_node(v);
      add_dropout(v);
    }
    copy_output(layout_.canonical(plan_.graph.output), 0);
    for (int64_t k = 0; k < std::ssize(additions_.heads); ++k) copy_output(additions_.heads[k], k + 1);
    if (regions) {
      for (const int32_t v : schedule_.forward) {
        if (has_neurons(node(v))) add_signature(v);
      }
    }
    return std::move(tape_);
  }

 private:
  const Node& node(int32_t v) const { return layout_.node(v); }
  int32_t input(int32_t v, size_t k = 0) const { return layout_.canonical(node(v).inputs[k]); }
  bool stored(int32_t v) const { return plan_.nodes[v].stored; }
  /// Resource numbers: activations by node, then normalisations by node.
  int32_t norm_id(int32_t v) const { return std::ssize(plan_.nodes) + v; }

  void add_node(int32_t v) {
    switch (node(v).op) {
      case Op::kInput:
        return;
      case Op::kConv2d:
      case Op::kLinear:
        return add_convolution(v);
      case Op::kBatchNorm:
        add_statistics(v);
        return add_combine(v);
      case Op::kMix:
        return add_combine(v);
      case Op::kRelu:
        return add_relu(v);
      case Op::kAvgPool2d:
      case Op::kMaxPool2d:
        return add_pool(v);
      case Op::kPad2d:
        return add_pad(v);
      case Op::kConcat:
        return add_concat(v);
      case Op::kGlobalAvgPool:
        return add_global_average(v);
      case Op::kActivation:
        return add_activation(v);
      case Op::kScale:
        return add_scale(v);
      case Op::kSelectChannels:
        return add_selection(v);
    }
  }

  void copy_output(int32_t v, int64_t k) {
    const Shape& shape = node(v).shape;
    copy({v}, layout_.activation(v), rows(shape), shape.w, layout_.logits(k), {});
  }

  void add_dropout(int32_t v) {
    const int32_t k = entry_of(schedule_.dropout, v);
    if (k < 0) return;
    const Shape& shape = node(v).shape;
    tape_.add<DropValues>(levels_.claim({v}, {v}),
                          {layout_.activation(v), additions_.factors->values(k), rows(shape), shape.w});
  }

  /// Place of the factors by sample of what an input of a mix or concat gives, or -1.
  int64_t drop_path(int32_t input) const {
    const int32_t k = entry_of(schedule_.drop_path, input);
    return k < 0 ? -1 : additions_.factors->path(k);
  }

  void add_convolution(int32_t v) {
    ConvolutionStep step = forward_step(layout_, v);
    step.in = layout_.activation(input(v));
    step.out = layout_.activation(v);
    tape_.add<Convolution>(levels_.claim({input(v)}, {v}), step);
  }

  void add_statistics(int32_t v) {
    if (statistics_ == tenas::Statistics::kNone) return;
    const Node& norm = node(v);
    const engine::Layout& in = layout_.tensor_layout(input(v));
    StatisticsStep step;
    step.in = layout_.activation(input(v));
    step.units = layout_.blocks();
    step.channels = in.c;
    step.rows = in.h;
    step.cols = in.w;
    step.batch = layout_.batch();
    step.norm = layout_.norm(v);
    step.weight = layout_.param(norm.weight);
    step.bias = layout_.param(norm.bias);
    step.running_mean = layout_.param(norm.running_mean);
    step.running_var = layout_.param(norm.running_var);
    step.eps = norm.eps;
    step.running = statistics_ == tenas::Statistics::kRunning;
    const int32_t level = levels_.claim({input(v)}, {norm_id(v)});
    if (statistics_ == tenas::Statistics::kPerSample) return tape_.add<SampleStatistics>(level, {step});
    tape_.add<Statistics>(level, step);
  }

  /// A summand: a stored tensor, or a batch norm applied to its stored input. Notes what it reads.
  Term term(int32_t u, double scale, bool normalise) {
    if (!normalise) {
      reads_.push_back(u);
      return {layout_.activation(u), -1, scale};
    }
    reads_.push_back(input(u));
    if (statistics_ == tenas::Statistics::kNone) return {layout_.activation(input(u)), -1, scale};
    reads_.push_back(norm_id(u));
    return {layout_.activation(input(u)), layout_.norm(u), scale,
            statistics_ == tenas::Statistics::kPerSample ? layout_.padded() : 0};
  }
  Term term(int32_t u, double scale) { return term(u, scale, node(u).op == Op::kBatchNorm && !stored(u)); }

  void add_combine(int32_t v) {
    const engine::NodePlan& planned = plan_.nodes[v];
    const bool rectify = planned.fused_relu >= 0 && schedule_.runs[planned.fused_relu];
    if (!planned.stored && !rectify) return;
    std::vector<Term> terms;
    reads_.clear();
    if (node(v).op == Op::kBatchNorm) {
      terms.push_back(term(v, 1, true));
    } else {
      for (size_t k = 0; k < node(v).inputs.size(); ++k) {
        const double scale = mix_coefficient(node(v), k, coefficients_);
        if (scale == 0) continue;
        terms.push_back(term(layout_.canonical(node(v).inputs[k]), scale));
        terms.back().drop_path = drop_path(node(v).inputs[k]);
      }
    }
    sum_up(node(v).shape, terms, planned.stored ? v : -1, rectify ? planned.fused_relu : -1);
  }

  void add_relu(int32_t v) {
    if (plan_.nodes[input(v)].fused_relu == v) return;  // written along with its input
    reads_.clear();
    const std::vector<Term> terms = {term(input(v), 1)};
    sum_up(node(v).shape, terms, -1, v);
  }

  void sum_up(const Shape& shape, const std::vector<Term>& terms, int32_t plain, int32_t rectified) {
    CombineStep step;
    step.shape = {layout_.blocks(), shape.c, shape.h};
    step.cols = shape.w;
    step.first_term = std::ssize(tape_.terms);
    step.term_count = std::ssize(terms);
    step.has_plain = plain >= 0;
    step.has_rectified = rectified >= 0;
    if (plain >= 0) step.plain = layout_.activation(plain);
    if (rectified >= 0) step.rectified = layout_.activation(rectified);
    tape_.terms.insert(tape_.terms.end(), terms.begin(), terms.end());
    const int32_t first = plain >= 0 ? plain : rectified, second = rectified >= 0 ? rectified : plain;
    tape_.add<Combine>(levels_.claim(reads_, {first, second}), step);
  }

  void add_pool(int32_t v) {
    PoolStep step;
    step.pool = pool_of(node(v));
    step.in_shape = shape_of(layout_.tensor_layout(input(v)));
    step.in = layout_.activation(input(v));
    step.out = layout_.activation(v);
    step.units = layout_.blocks();
    const int32_t level = levels_.claim({input(v)}, {v});
    if (node(v).op == Op::kMaxPool2d) return tape_.add<MaxPool>(level, step);
    step.lines = layout_.lines(v);
    tape_.add<AveragePool>(level, step);
  }

  void copy(Levels::Ids reads, const Tensor& in, const Rows& shape, int32_t cols, const Tensor& out,
            Levels::Ids writes) {
    CopyStep step;
    step.in = in;
    step.out = out;
    step.shape = shape;
    step.cols = cols;
    tape_.add<Copy>(levels_.claim(reads, writes), step);
  }

  void add_pad(int32_t v) {
    const Node& pad = node(v);
    const engine::Layout& in = layout_.tensor_layout(input(v));
    const Shape& out = pad.shape;
    Tensor from = layout_.activation(input(v)), to = layout_.activation(v);
    CopyStep zero;
    zero.out = to;
    zero.shape = {layout_.blocks(), out.c, out.h};
    zero.cols = out.w;
    zero.zero = true;
    tape_.add<Copy>(levels_.claim({}, {v}), zero);
    const int32_t y0 = std::max(pad.top, 0), x0 = std::max(pad.left, 0);
    const int32_t y1 = std::min(pad.top + in.h, out.h), x1 = std::min(pad.left + in.w, out.w);
    if (y1 <= y0 || x1 <= x0) return;
    from.offset += ((y0 - pad.top) * from.row + (x0 - pad.left)) * kLanes;
    to.offset += (y0 * to.row + x0) * kLanes;
    copy({input(v)}, from, {layout_.blocks(), out.c, y1 - y0}, x1 - x0, to, {v});
  }

  /// The inputs go to different channels, so that none has to wait for another.
  void add_concat(int32_t v) {
    Tensor to = layout_.activation(v);
    std::vector<int32_t> inputs;
    for (const int32_t u : node(v).inputs) inputs.push_back(layout_.canonical(u));
    const int32_t level = levels_.claim(inputs, {v});
    for (const int32_t input : node(v).inputs) {
      const int32_t u = layout_.canonical(input);
      const engine::Layout& in = layout_.tensor_layout(u);
      CopyStep step;
      step.drop_path = drop_path(input);
      step.in = layout_.activation(u);
      step.out = to;
      step.shape = {layout_.blocks(), in.c, in.h};
      step.cols = in.w;
      tape_.add<Copy>(level, step);
      to.offset += in.c * to.channel * kLanes;
    }
  }

  void add_global_average(int32_t v) {
    const engine::Layout& in = layout_.tensor_layout(input(v));
    GlobalAverageStep step;
    step.in = layout_.activation(input(v));
    step.out = layout_.activation(v);
    step.shape = {layout_.blocks(), in.c, 1};
    step.rows = in.h;
    step.cols = in.w;
    tape_.add<GlobalAverage>(levels_.claim({input(v)}, {v}), step);
  }

  Rows rows(const Shape& shape) const { return {layout_.blocks(), shape.c, shape.h}; }

  void add_activation(int32_t v) {
    ActivationStep step;
    step.in = layout_.activation(input(v));
    step.out = layout_.activation(v);
    step.shape = rows(node(v).shape);
    step.cols = node(v).shape.w;
    step.function = node(v).function;
    tape_.add<Activate>(levels_.claim({input(v)}, {v}), step);
  }

  void add_scale(int32_t v) {
    ScaleStep step;
    step.in = layout_.activation(input(v));
    step.factors = layout_.activation(input(v, 1));
    step.out = layout_.activation(v);
    step.shape = rows(node(v).shape);
    step.cols = node(v).shape.w;
    tape_.add<ScaleChannels<LaneAccess>>(levels_.claim({input(v), input(v, 1)}, {v}), step);
  }

  void add_selection(int32_t v) {
    SelectStep step;
    step.in = layout_.activation(input(v));
    step.out = layout_.activation(v);
    step.shape = rows(node(v).shape);
    step.cols = node(v).shape.w;
    step.first = layout_.selection(v);
    tape_.add<SelectChannels>(levels_.claim({input(v)}, {v}), step);
  }

  void add_signature(int32_t v) {
    const engine::Layout& in = layout_.tensor_layout(v);
    SignatureStep step;
    step.relu = layout_.activation(v);
    step.shape = {layout_.blocks(), in.c, 1};
    step.rows = in.h;
    step.cols = in.w;
    step.batch = layout_.batch();
    step.first_neuron = plan_.nodes[v].neuron_offset;
    step.copies = schedule_.relu_copies[v];
    step.stride = layout_.padded();
    tape_.add<Signature>(levels_.claim({v}, {}), step);
  }

  const DeviceLayout& layout_;
  const engine::Plan& plan_;
  const engine::Schedule& schedule_;
  std::span<const double> coefficients_;
  const tenas::Statistics statistics_;
  const PassAdditions additions_;
  Levels levels_;
  std::vector<int32_t> reads_;
  Tape tape_;
};

}  // namespace

Tape forward_tape(const DeviceLayout& layout, const engine::Schedule& schedule,
                  std::span<const double> coefficients, tenas::Statistics statistics, bool regions,
                  const PassAdditions& additions) {
  return ForwardTape(layout, schedule, coefficients, statistics, additions).build(regions);
}

Pool pool_of(const Node& node) {
  return {node.kh, node.kw, node.sh, node.sw, node.ph, node.pw, node.count_include_pad, node.shape};
}

Shape shape_of(const engine::Layout& layout) {
  return {layout.c, layout.h, layout.w};
}

}  // namespace tenas::cuda
