#include "cuda/convolution_steps.hpp"

namespace tenas::cuda {
namespace {

const engine::ConvPlan& plan_of(const DeviceLayout& layout, int32_t v) {
  return layout.plan().convs[layout.plan().nodes[v].conv];
}

ConvolutionStep dense_step(const engine::DenseConv& dense, const DeviceLayout::Packed& packed) {
  ConvolutionStep step;
  step.weights = packed.weights;
  step.columns = packed.columns;
  step.column_count = std::ssize(dense.columns);
  step.rows = dense.rows;
  step.cols = dense.cols;
  step.first_row = dense.first_row;
  step.first_col = dense.first_col;
  step.step_row = dense.step_row;
  step.step_col = dense.step_col;
  step.src_step_row = dense.src_step_row;
  step.src_step_col = dense.src_step_col;
  return step;
}

}  // namespace

ConvolutionStep forward_step(const DeviceLayout& layout, int32_t v) {
  const engine::ConvPlan& conv = plan_of(layout, v);
  ConvolutionStep step = dense_step(conv.forward, layout.forward(layout.plan().nodes[v].conv));
  step.bias = conv.has_bias ? layout.param(layout.node(v).bias) : -1;
  step.units = layout.blocks();
  step.groups = conv.groups;
  step.sources = conv.ci;
  step.channels = conv.co;
  return step;
}

ConvolutionStep data_gradient_step(const DeviceLayout& layout, int32_t v, size_t k) {
  const engine::ConvPlan& conv = plan_of(layout, v);
  ConvolutionStep step = dense_step(conv.backward[k], layout.backward(layout.plan().nodes[v].conv, k));
  step.groups = conv.groups;
  step.sources = conv.co;
  step.channels = conv.ci;
  return step;
}

WeightGradientStep weight_gradient_step(const DeviceLayout& layout, int32_t v) {
  const engine::ConvPlan& conv = plan_of(layout, v);
  WeightGradientStep step;
  step.columns = layout.forward(layout.plan().nodes[v].conv).columns;
  step.column_count = std::ssize(conv.forward.columns);
  step.groups = conv.groups;
  step.sources = conv.ci;
  step.channels = conv.co;
  step.rows = layout.node(v).shape.h;
  step.cols = layout.node(v).shape.w;
  step.stride_row = conv.stride_row;
  step.stride_col = conv.stride_col;
  return step;
}

}  // namespace tenas::cuda
