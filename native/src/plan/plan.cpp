#include "plan/plan.hpp"

#include <algorithm>
#include <string>
#include <unordered_map>

#include "base/error.hpp"
#include "plan/pool.hpp"

namespace tenas::engine {
namespace {

constexpr int32_t kLargestChannelTile = 4;
constexpr int64_t kLargestTensor = int64_t{1} << 28;  // pixels of one sample incl. halo: offsets fit 32 bits

bool is_conv(const Node& node) {
  return node.op == Op::kConv2d || node.op == Op::kLinear;
}

/// Halo that a convolution needs around its input of size n: the furthest a tap reaches outside on either
/// side.
int32_t reach(int32_t n, int32_t out, int32_t kernel, int32_t stride, int32_t padding, int32_t dilation) {
  const int64_t after = int64_t{out - 1} * stride + int64_t{kernel - 1} * dilation - padding - (n - 1);
  return static_cast<int32_t>(std::max<int64_t>({padding, after, 0}));
}

/// Taps of the backward pass along one axis for input positions congruent to `residue` modulo the stride.
struct AxisTap {
  int32_t tap, displacement;
};
std::vector<AxisTap> axis_taps(int32_t residue, int32_t kernel, int32_t stride, int32_t padding,
                               int32_t dilation) {
  std::vector<AxisTap> taps;
  for (int32_t k = 0; k < kernel; ++k) {
    const int32_t reached = residue + padding - k * dilation;
    if (reached % stride == 0) taps.push_back({k, reached / stride});
  }
  return taps;
}

/// Furthest that backward taps reach outside the output gradient of size `out` along one axis.
int32_t backward_reach(int32_t in, int32_t out, int32_t kernel, int32_t stride, int32_t padding,
                       int32_t dilation) {
  int64_t furthest = 0;
  for (int32_t residue = 0; residue < std::min(stride, in); ++residue) {
    const int64_t last = (in - 1 - residue) / stride;
    for (const AxisTap& tap : axis_taps(residue, kernel, stride, padding, dilation)) {
      furthest =
          std::max<int64_t>({furthest, -int64_t{tap.displacement}, last + tap.displacement - (out - 1)});
    }
  }
  return static_cast<int32_t>(furthest);
}

std::vector<int32_t> columns_of(int32_t channels, int64_t channel_stride,
                                const std::vector<int64_t>& offsets) {
  std::vector<int32_t> columns;
  for (int32_t c = 0; c < channels; ++c) {
    for (const int64_t offset : offsets) columns.push_back(c * channel_stride + offset);
  }
  return columns;
}

constexpr int64_t kLargestClippedMap = 64;  // output pixels

/// The taps of every output pixel that lie inside the input, whose rows are `row` pixels apart: the input has
/// a halo where another convolution needs one.
ClippedTaps clip_taps(const Node& node, const Shape& in, int64_t row) {
  ClippedTaps clip;
  for (int32_t y = 0; y < node.shape.h; ++y) {
    for (int32_t x = 0; x < node.shape.w; ++x) {
      clip.begin.push_back(std::ssize(clip.source));
      for (int32_t ky = 0; ky < node.kh; ++ky) {
        for (int32_t kx = 0; kx < node.kw; ++kx) {
          const int32_t iy = y * node.sh - node.ph + ky * node.dh, ix = x * node.sw - node.pw + kx * node.dw;
          if (iy < 0 || iy >= in.h || ix < 0 || ix >= in.w) continue;
          clip.source.push_back(iy * row + ix);
          clip.tap.push_back(ky * node.kw + kx);
        }
      }
    }
  }
  clip.begin.push_back(std::ssize(clip.source));
  return clip;
}

/// The tile by which a convolution runs by Winograd's algorithm; 0 where its transforms would cost more than
/// they save. Metrics begin at 16 channels: with 8 there is little to save, and most networks on which they
/// are measured have fewer than 16. They take tiles of 2, which round no more than the direct convolution;
/// tiles of 4 save a little more and lose a digit where a network is deep.
int32_t winograd_tile(const Node& node, const Shape& in, Purpose purpose) {
  const int32_t fewest = purpose == Purpose::kTraining ? 8 : 16;
  const auto fits = [&](int32_t channels) {
    const int32_t own = channels / node.groups;
    return own >= fewest && own % kLargestChannelTile == 0;
  };
  const bool plain = node.op == Op::kConv2d && node.kh == 3 && node.kw == 3 && node.sh == 1 && node.sw == 1 &&
                     node.dh == 1 && node.dw == 1 && node.ph == 1 && node.pw == 1;
  if (purpose == Purpose::kDirect || !plain || !fits(in.c) || !fits(node.shape.c)) return 0;
  if (in.h % 2 != 0 || in.w % 2 != 0) return 0;
  return purpose == Purpose::kTraining && in.h % 4 == 0 && in.w % 4 == 0 ? 4 : 2;
}

/// Whether a convolution over a small map runs by its clipped taps.
bool should_clip(const Node& node, const Shape& in, Purpose purpose) {
  return purpose == Purpose::kForward && node.op == Op::kConv2d && (node.ph > 0 || node.pw > 0) &&
         int64_t{node.shape.h} * node.shape.w <= kLargestClippedMap && node.kh * node.kw <= 64 &&
         winograd_tile(node, in, purpose) == 0;
}

ConvPlan plan_conv(const Node& node, const Shape& in, const Layout& in_layout, Purpose purpose,
                   int64_t& packed_values) {
  ConvPlan plan;
  plan.groups = node.groups;
  plan.ci = in.c / node.groups;
  plan.co = node.shape.c / node.groups;
  plan.taps = node.kh * node.kw;
  plan.has_bias = node.bias >= 0;
  plan.co_tiles = split_evenly(plan.co, kLargestChannelTile);
  plan.ci_tiles = split_evenly(plan.ci, kLargestChannelTile);
  plan.stride_row = node.sh;
  plan.stride_col = node.sw;

  const int64_t weights = int64_t{node.groups} * plan.co * plan.ci;
  auto& forward = plan.forward;
  forward.rows = node.shape.h;
  forward.cols = node.shape.w;
  forward.src_step_row = node.sh;
  forward.src_step_col = node.sw;
  std::vector<int64_t> offsets;
  for (int32_t y = 0; y < node.kh; ++y) {
    for (int32_t x = 0; x < node.kw; ++x) {
      offsets.push_back((y * node.dh - node.ph) * in_layout.row() + (x * node.dw - node.pw));
      forward.taps.push_back(y * node.kw + x);
    }
  }
  forward.columns = columns_of(plan.ci, in_layout.channel(), offsets);
  plan.winograd = winograd_tile(node, in, purpose);
  if (plan.winograd > 0) {
    const int64_t values = weights * (plan.winograd + 2) * (plan.winograd + 2);
    plan.winograd_forward = packed_values;
    packed_values += values;
    if (purpose == Purpose::kForward) return plan;
    plan.winograd_backward = packed_values;
    packed_values += values;
    plan.gradient = {node.shape.c, node.shape.h, node.shape.w, 1};
    if (plan.gradient.size() > kLargestTensor)
      throw Error("GRAPH_TOO_LARGE", "a convolution's gradient is too large");
    return plan;
  }
  forward.pack_offset = packed_values;
  packed_values += weights * plan.taps;
  if (purpose == Purpose::kForward) {
    plan.clipped = should_clip(node, in, purpose);
    if (plan.clipped) plan.clip = clip_taps(node, in, in_layout.row());
    return plan;
  }
  plan.gradient = {node.shape.c, node.shape.h, node.shape.w,
                   std::max(backward_reach(in.h, node.shape.h, node.kh, node.sh, node.ph, node.dh),
                            backward_reach(in.w, node.shape.w, node.kw, node.sw, node.pw, node.dw))};
  if (plan.gradient.size() > kLargestTensor)
    throw Error("GRAPH_TOO_LARGE", "a convolution's gradient is too large");
  for (int32_t ry = 0; ry < std::min(node.sh, in.h); ++ry) {
    for (int32_t rx = 0; rx < std::min(node.sw, in.w); ++rx) {
      DenseConv dense;
      dense.rows = (in.h - 1 - ry) / node.sh + 1;
      dense.cols = (in.w - 1 - rx) / node.sw + 1;
      dense.first_row = ry;
      dense.first_col = rx;
      dense.step_row = node.sh;
      dense.step_col = node.sw;
      offsets.clear();
      for (const AxisTap& y : axis_taps(ry, node.kh, node.sh, node.ph, node.dh)) {
        for (const AxisTap& x : axis_taps(rx, node.kw, node.sw, node.pw, node.dw)) {
          offsets.push_back(y.displacement * plan.gradient.row() + x.displacement);
          dense.taps.push_back(y.tap * node.kw + x.tap);
        }
      }
      dense.columns = columns_of(plan.co, plan.gradient.channel(), offsets);
      dense.pack_offset = packed_values;
      packed_values += weights * std::ssize(dense.taps);
      plan.backward.push_back(std::move(dense));
    }
  }
  return plan;
}

}  // namespace

std::vector<int32_t> split_evenly(int32_t n, int32_t largest) {
  const int32_t parts = (n + largest - 1) / largest;
  std::vector<int32_t> sizes(parts, parts > 0 ? n / parts : 0);
  for (int32_t i = 0; parts > 0 && i < n % parts; ++i) ++sizes[i];
  return sizes;
}

Plan::Plan(const Graph& g, Purpose purpose) : graph(g), nodes(g.nodes.size()) {
  const int32_t n = std::ssize(g.nodes);
  // Equal ReLUs are computed once: several operations of a cell rectify the same state.
  std::unordered_map<int32_t, int32_t> relu_of;
  for (int32_t v = 0; v < n; ++v) {
    nodes[v].canonical = v;
    if (g.nodes[v].op == Op::kRelu) {
      nodes[v].canonical = relu_of.try_emplace(g.nodes[v].inputs[0], v).first->second;
    }
  }
  // A batch norm read only by mixes and ReLUs is never stored: they apply it as they read its input.
  // A mix read only by ReLUs is not stored either: it writes the rectified tensor directly.
  std::vector<bool> read_plainly(n, false), read_by_mix(n, false);
  std::vector<int32_t> halo(n, 0);
  for (int32_t v = 0; v < n; ++v) {
    const Node& node = g.nodes[v];
    for (const int32_t input : node.inputs) {
      if (node.op == Op::kMix) {
        read_by_mix[input] = true;
      } else if (node.op != Op::kRelu) {
        read_plainly[input] = true;
      }
      if (node.op == Op::kConv2d && !should_clip(node, g.nodes[input].shape, purpose)) {
        const Shape& in = g.nodes[input].shape;
        const int32_t target = nodes[input].canonical;
        halo[target] = std::max({halo[target], reach(in.h, node.shape.h, node.kh, node.sh, node.ph, node.dh),
                                 reach(in.w, node.shape.w, node.kw, node.sw, node.pw, node.dw)});
      }
    }
  }
  read_plainly[g.output] = true;
  for (int32_t v = 0; v < n; ++v) {
    const Node& node = g.nodes[v];
    NodePlan& plan = nodes[v];
    if (plan.canonical != v) continue;
    plan.layout = {node.shape.c, node.shape.h, node.shape.w, halo[v]};
    if (plan.layout.size() > kLargestTensor) {
      throw Error("GRAPH_TOO_LARGE", "node " + std::to_string(v) + ": its tensor with padding is too large");
    }
    if (node.op == Op::kBatchNorm) {
      plan.stored = read_plainly[v];
    } else if (node.op == Op::kMix) {
      plan.stored = read_plainly[v] || read_by_mix[v];
    } else {
      plan.stored = true;
    }
    if (const auto relu = relu_of.find(v);
        relu != relu_of.end() && (node.op == Op::kMix || node.op == Op::kBatchNorm)) {
      plan.fused_relu = relu->second;
    }
    if (has_neurons(node)) {
      plan.neuron_offset = neurons;
      neurons += node.shape.size();
    }
    if (is_conv(node)) {
      const int32_t input = nodes[node.inputs[0]].canonical;
      plan.conv = std::ssize(convs);
      convs.push_back(plan_conv(node, g.nodes[input].shape, nodes[input].layout, purpose, packed_values));
    }
  }
  place_activations(purpose);
}

/// By node id: the last node that reads the tensor, if all branches run; the tensor's own node if none does.
std::vector<int32_t> Plan::last_reads() const {
  std::vector<int32_t> last(nodes.size());
  for (int32_t v = 0; v < std::ssize(nodes); ++v) {
    last[v] = v;
    if (nodes[v].canonical != v) continue;
    for (const int32_t input : graph.nodes[v].inputs) {
      int32_t u = nodes[input].canonical;
      last[u] = v;
      // A batch norm that is not stored is applied as its own input is read.
      if (graph.nodes[u].op == Op::kBatchNorm && !nodes[u].stored) {
        u = nodes[graph.nodes[u].inputs[0]].canonical;
        last[u] = v;
      }
    }
  }
  last[nodes[graph.output].canonical] = std::ssize(nodes);
  return last;
}

/// Gives every stored activation its place. Halos are zeroed once, so tensors with one lie apart from the
/// others and share a place only with tensors of the same layout. What a candidate leaves out frees its
/// places no later than planned.
void Plan::place_activations(Purpose purpose) {
  shares_places = purpose == Purpose::kForward;  // a backward pass reads all of them
  const std::vector<int32_t> last = last_reads();
  const auto has_place = [&](int32_t id) { return nodes[id].stored && graph.nodes[id].op != Op::kInput; };
  Pool plain;
  int64_t haloed_pixels = 0;
  std::vector<std::pair<Layout, int64_t>> free_haloed;
  const auto take = [&](NodePlan& node) {
    if (node.layout.halo == 0) {
      node.offset = plain.take(node.layout.size());
      return;
    }
    const auto same = std::find_if(free_haloed.begin(), free_haloed.end(),
                                   [&](const auto& place) { return place.first == node.layout; });
    if (same != free_haloed.end()) {
      node.offset = same->second;
      free_haloed.erase(same);
    } else {
      node.offset = haloed_pixels;
      haloed_pixels += node.layout.size();
    }
  };
  const auto give = [&](const NodePlan& node) {
    if (node.layout.halo > 0) {
      free_haloed.emplace_back(node.layout, node.offset);
    } else {
      plain.give(node.offset, node.layout.size());
    }
  };
  std::vector<std::vector<int32_t>> ends(nodes.size() +
                                         1);  // by node id: tensors that nothing reads after it
  for (int32_t v = 0; v < std::ssize(nodes); ++v) {
    if (nodes[v].canonical != v) continue;
    const auto written = [&](int32_t id) {
      if (!has_place(id)) return;
      take(nodes[id]);
      ends[last[id]].push_back(id);
    };
    if (!is_fused(v)) written(v);
    if (nodes[v].fused_relu >= 0) written(nodes[v].fused_relu);
    if (!shares_places) continue;
    for (const int32_t id : ends[v]) give(nodes[id]);
  }
  for (int32_t id = 0; id < std::ssize(nodes); ++id) {
    if (has_place(id) && nodes[id].layout.halo > 0) nodes[id].offset += plain.end();
  }
  arena_pixels = plain.end() + haloed_pixels;
}

bool Plan::is_fused(int32_t relu) const {
  const Node& node = graph.nodes[relu];
  if (node.op != Op::kRelu) return false;
  return nodes[nodes[node.inputs[0]].canonical].fused_relu == relu;
}

}  // namespace tenas::engine
