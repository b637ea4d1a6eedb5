#include "cuda/plane_gradients.hpp"

#include <algorithm>

#include "cuda/forward_tape.hpp"

namespace tenas::cuda {
namespace {

/// A step over the planes of a shape that writes what a passage does; its inputs are still to be set.
template <class Step>
Step plane_step(GradientWriter& writer, const Shape& shape, const Passage& passage) {
  Step step;
  step.out = writer.buffers().tensor(passage.out);
  step.shape = writer.rows(shape);
  step.cols = shape.w;
  step.factor = passage.factor;
  step.accumulate = passage.accumulate;
  return step;
}

void add_relu(GradientWriter& writer, int32_t v, const Passage& passage) {
  auto step = plane_step<RectifyStep>(writer, writer.node(v).shape, passage);
  step.gradient = passage.source.tensor;
  step.activation = writer.activation(v);
  writer.add_passage<RectifyGradient>(passage, step);
}

void add_activation(GradientWriter& writer, int32_t v, const Passage& passage) {
  auto step = plane_step<ActivationGradientStep>(writer, writer.node(v).shape, passage);
  step.gradient = passage.source.tensor;
  step.input = writer.activation(writer.input(v));
  step.function = writer.node(v).function;
  writer.add_passage<ActivationGradient>(passage, step);
}

void add_scale(GradientWriter& writer, int32_t v, const Passage& passage) {
  auto step = plane_step<ScaleStep>(writer, writer.node(v).shape, passage);
  step.in = passage.source.tensor;
  step.factors = writer.activation(writer.input(v, 1));
  writer.add_passage<ScaleChannels>(passage, step);
}

/// By the factors of a scale.
void add_factors(GradientWriter& writer, int32_t v, const Passage& passage) {
  auto step = plane_step<FactorGradientStep>(writer, writer.node(v).shape, passage);
  step.gradient = passage.source.tensor;
  step.input = writer.activation(writer.input(v));
  writer.add_passage<FactorGradient>(passage, step);
}

void add_selection(GradientWriter& writer, int32_t v, const Passage& passage) {
  auto step = plane_step<SelectStep>(writer, shape_of(writer.input_layout(v)), passage);
  step.in = passage.source.tensor;
  step.first = writer.layout().inverse_selection(v);
  writer.add<SelectChannels>(writer.level_of(passage), step);
}

void add_pool(GradientWriter& writer, int32_t v, const Passage& passage) {
  const engine::Layout& in = writer.input_layout(v);
  const Op op = writer.node(v).op;
  PoolGradientStep step;
  step.pool = pool_of(writer.node(v));
  step.in_shape = shape_of(in);
  step.gradient = passage.source.tensor;
  step.out = writer.buffers().tensor(passage.out);
  step.units = writer.buffers().units();
  step.factor = passage.factor;
  step.accumulate = passage.accumulate;
  if (op == Op::kMaxPool2d) {
    step.activation = writer.activation(writer.input(v));
    return writer.add_passage<MaxPoolGradient>(passage, step);
  }
  if (op == Op::kGlobalAvgPool) {  // an average pool with one window
    step.pool.kh = in.h;
    step.pool.kw = in.w;
  }
  const int32_t lines = writer.scratch({in.c, step.pool.shape.h, in.w, 0});
  step.lines = writer.buffers().tensor(lines);
  step.rows = step.pool.shape.h;
  writer.add<AverageSpread>(writer.levels().claim({passage.source.id}, {lines}), step);
  step.rows = in.h;
  writer.add<AverageGather>(writer.levels().claim({lines}, {passage.out}), step);
}

void add_pad(GradientWriter& writer, int32_t v, const Passage& passage) {
  const Node& pad = writer.node(v);
  const engine::Layout& in = writer.input_layout(v);
  if (!passage.accumulate) {
    CopyStep zero;
    zero.out = writer.buffers().tensor(passage.out);
    zero.shape = writer.rows(shape_of(in));
    zero.cols = in.w;
    zero.zero = true;
    writer.add<Copy>(writer.levels().claim({}, {passage.out}), zero);
  }
  const int32_t y0 = std::max(-pad.top, 0), x0 = std::max(-pad.left, 0);
  const int32_t y1 = std::min(in.h, pad.shape.h - pad.top), x1 = std::min(in.w, pad.shape.w - pad.left);
  if (y1 <= y0 || x1 <= x0) return;
  Source from = passage.source;
  Tensor to = writer.buffers().tensor(passage.out);
  from.tensor.offset += ((y0 + pad.top) * from.tensor.row + x0 + pad.left) * kLanes;
  to.offset += (y0 * to.row + x0) * kLanes;
  writer.copy(from, passage.factor, {in.c, y1 - y0, x1 - x0}, to, passage.out, true);
}

}  // namespace

void add_plane_gradient(GradientWriter& writer, int32_t v, int32_t branch, const Passage& passage) {
  switch (writer.node(v).op) {
    case Op::kRelu:
      return add_relu(writer, v, passage);
    case Op::kActivation:
      return add_activation(writer, v, passage);
    case Op::kScale:
      return branch == 0 ? add_scale(writer, v, passage) : add_factors(writer, v, passage);
    case Op::kSelectChannels:
      return add_selection(writer, v, passage);
    case Op::kAvgPool2d:
    case Op::kMaxPool2d:
    case Op::kGlobalAvgPool:
      return add_pool(writer, v, passage);
    case Op::kPad2d:
      return add_pad(writer, v, passage);
    default:
      break;
  }
}

}  // namespace tenas::cuda
