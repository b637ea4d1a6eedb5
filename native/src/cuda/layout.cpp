#include "cuda/layout.hpp"

namespace tenas::cuda {
namespace {}  // namespace

int64_t AreaLayout::take(int64_t values) {
  const int64_t offset = size_;
  size_ += whole_lines(values);
  if (guard_ > 0) {
    gaps_.push_back({offset + values, size_ - offset - values + guard_});
    size_ += guard_;
  }
  return offset;
}

DeviceLayout::DeviceLayout(const engine::Plan& plan, int32_t batch, int64_t guard)
    : plan_(plan),
      batch_(batch),
      blocks_((batch + kLanes - 1) / kLanes),
      input_(guard),
      activations_(guard),
      sample_major_(guard),
      offset_(plan.nodes.size(), -1),
      sample_major_offset_(plan.nodes.size(), -1),
      lines_(plan.nodes.size(), -1),
      norm_(plan.nodes.size(), -1),
      selection_(plan.nodes.size(), -1) {
  for (int32_t v = 0; v < std::ssize(plan.nodes); ++v) {
    const engine::NodePlan& planned = plan.nodes[v];
    if (planned.canonical != v) continue;
    const Node& node = plan.graph.nodes[v];
    if (node.op == Op::kBatchNorm) {
      norm_[v] = norm_channels_;
      norm_channels_ += node.shape.c;
    }
    if (node.op == Op::kSelectChannels) {
      selection_[v] = std::ssize(channels_);
      channels_.insert(channels_.end(), node.channels.begin(), node.channels.end());
      std::vector<int32_t> inverse(plan.graph.nodes[node.inputs[0]].shape.c, -1);
      for (int32_t c = 0; c < node.shape.c; ++c) inverse[node.channels[c]] = c;
      channels_.insert(channels_.end(), inverse.begin(), inverse.end());
    }
    if (!planned.stored) continue;
    const int64_t pixels = planned.layout.size();
    AreaLayout& area = v == plan.graph.input ? input_ : activations_;
    offset_[v] = area.take(pixels * padded());
    sample_major_offset_[v] = sample_major_.take(whole_lines(pixels) * batch);
    if (node.op == Op::kAvgPool2d) {
      const engine::Layout& in = tensor_layout(canonical(node.inputs[0]));
      lines_[v] = activations_.take(int64_t{in.c} * node.shape.h * in.w * padded());
    }
  }
  for (size_t v = 0; v < plan.nodes.size(); ++v) {
    const int32_t conv = plan.nodes[v].conv;
    if (conv < 0) continue;
    const engine::ConvPlan& planned = plan.convs[conv];
    const Node& node = plan.graph.nodes[v];
    forward_.push_back(pack(node, planned, planned.forward, false));
    backward_.emplace_back();
    for (const engine::DenseConv& dense : planned.backward)
      backward_.back().push_back(pack(node, planned, dense, true));
  }
}

/// Appends the displacements of a dense convolution, and the parameters it reads as
/// [group][tile][source][tap][channel of the tile].
DeviceLayout::Packed DeviceLayout::pack(const Node& node, const engine::ConvPlan& conv,
                                        const engine::DenseConv& dense, bool backward) {
  const Packed packed{std::ssize(columns_), std::ssize(pack_sources_)};
  columns_.insert(columns_.end(), dense.columns.begin(), dense.columns.end());
  const int32_t sources = backward ? conv.co : conv.ci, channels = backward ? conv.ci : conv.co;
  const int32_t tiles = (channels + ConvolutionStep::kChannelTile - 1) / ConvolutionStep::kChannelTile;
  const int64_t first = plan_.graph.params[node.weight].offset;
  for (int32_t group = 0; group < conv.groups; ++group) {
    for (int32_t tile = 0; tile < tiles; ++tile) {
      const int32_t begin = tile_begin(channels, tiles, tile), end = tile_begin(channels, tiles, tile + 1);
      for (int32_t source = 0; source < sources; ++source) {
        for (const int32_t tap : dense.taps) {
          for (int32_t k = begin; k < end; ++k) {
            const int32_t co = group * conv.co + (backward ? source : k), ci = backward ? k : source;
            pack_sources_.push_back(first + (int64_t{co} * conv.ci + ci) * conv.taps + tap);
          }
        }
      }
    }
  }
  return packed;
}

Tensor DeviceLayout::activation(int32_t v) const {
  const engine::Layout& layout = tensor_layout(v);
  return {v == plan_.graph.input ? Area::kInput : Area::kActivations, offset_[v] + layout.origin() * kLanes,
          layout.size() * kLanes, layout.channel(), layout.row()};
}

Tensor DeviceLayout::sample_major(int32_t v) const {
  const engine::Layout& layout = tensor_layout(v);
  return {Area::kSampleMajor, sample_major_offset_[v] + layout.origin(), whole_lines(layout.size()),
          layout.channel(), layout.row()};
}

SampleMajorStep DeviceLayout::sample_major_step(int32_t v) const {
  const int64_t pixels = tensor_layout(v).size();
  return {offset_[v], sample_major_offset_[v], v == plan_.graph.input, pixels, whole_lines(pixels), blocks_,
          batch_};
}

Tensor DeviceLayout::lines(int32_t v) const {
  const engine::Layout& in = tensor_layout(canonical(node(v).inputs[0]));
  const int64_t rows = node(v).shape.h;
  return {Area::kActivations, lines_[v], in.c * rows * in.w * kLanes, rows * in.w, in.w};
}

Tensor DeviceLayout::logits(int64_t k) const {
  const Shape& shape = node(plan_.graph.output).shape;
  return {Area::kLogits, k * shape.size() * padded(), shape.size() * kLanes, int64_t{shape.h} * shape.w,
          shape.w};
}

int32_t GradientBuffers::take(const engine::Layout& layout) {
  for (int32_t i = 0; i < std::ssize(buffers_); ++i) {
    if (buffers_[i].free && buffers_[i].layout == layout) {
      buffers_[i].free = false;
      return i;
    }
  }
  buffers_.push_back({layout, area_.take(layout.size() * units_ * kLanes), false});
  return std::ssize(buffers_) - 1;
}

void GradientBuffers::reset() {
  for (Buffer& buffer : buffers_) buffer.free = true;
}

Tensor GradientBuffers::tensor(int32_t index) const {
  const Buffer& buffer = buffers_[index];
  return {Area::kGradients, buffer.offset + buffer.layout.origin() * kLanes, buffer.layout.size() * kLanes,
          buffer.layout.channel(), buffer.layout.row()};
}

}  // namespace tenas::cuda
