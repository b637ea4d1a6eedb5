// Decisions about a network before any candidate is known: which tensors are stored and with what
// halo, which ReLUs are the same, the geometry of every convolution and its backward pass, and where weights
// are packed.
#pragma once

#include <cstdint>
#include <vector>

#include "graph/graph.hpp"

namespace tenas::engine {

/// A tensor's memory layout in pixels: [channel][halo + h + halo][halo + w + halo]; one pixel holds one
/// vector of lanes (or one scalar). Halos stay zero, so convolutions need no border code.
struct Layout {
  int32_t c = 0, h = 0, w = 0, halo = 0;
  int64_t row() const { return int64_t{w} + 2 * halo; }
  int64_t channel() const { return (int64_t{h} + 2 * halo) * row(); }
  int64_t size() const { return c * channel(); }
  int64_t origin() const { return halo * row() + halo; }
  bool operator==(const Layout&) const = default;
};

/// The outputs of a (transposed) convolution that share their taps: output (i, j) is pixel (first_row + i *
/// step_row, first_col + j * step_col) of the destination and reads source pixel (i * src_step_row, j *
/// src_step_col) + displacement for every column. The forward pass of a convolution is one of them, the
/// backward pass by data stride_h * stride_w.
struct DenseConv {
  int32_t rows = 0, cols = 0;
  int32_t first_row = 0, first_col = 0, step_row = 1, step_col = 1;
  int32_t src_step_row = 1, src_step_col = 1;
  std::vector<int32_t>
      columns;  // displacement of every (source channel of the group, tap) in the source layout, in pixels
  std::vector<int32_t> taps;  // the taps' indices kh * kernel_w + kw, in the order of the columns
  int64_t pack_offset = 0;    // first packed weight, see packed_conv_values
};

/// The purpose of a plan. Without a backward pass small maps need no halo, no weights are packed for it, and
/// an activation's place is given to another one once nothing reads it any more. Convolutions run by
/// Winograd's algorithm where that is faster, for training with fewer channels and larger tiles. Which ones
/// depends on their shapes alone, so that a metric has the same bits whatever else is asked for. Direct plans
/// serve gradients without it: devices have no such kernels, and where signs of gradients are counted, those
/// of the smallest depend on the rounding.
enum class Purpose { kForward, kGradient, kTraining, kDirect };

/// A convolution over a map so small that much of its taps falls outside: for every output pixel the taps
/// that do not.
struct ClippedTaps {
  std::vector<int32_t>
      begin;  // by output pixel (row-major), and the end of the last: range in the lists below
  std::vector<int32_t> source;  // input pixel of the channel plane, in the input's layout
  std::vector<int32_t> tap;     // kh * kernel_w + kw
};

/// A convolution (or linear layer: a 1x1 convolution of a 1x1 map), planned.
struct ConvPlan {
  int32_t groups = 1, ci = 0, co = 0;  // channels per group
  int32_t taps = 1;
  bool has_bias = false;
  /// Tile of kernels/winograd.hpp in both directions; 0: `forward` and `backward` run. Where there is one,
  /// `forward` has no weights and serves gradients by weights that every lane has for itself.
  int32_t winograd = 0;
  int64_t winograd_forward = 0, winograd_backward = 0;  // first transformed weights, like pack_offset
  bool clipped = false;  // runs by `clip` instead of `forward`; its input needs no halo
  ClippedTaps clip;
  std::vector<int32_t> co_tiles,
      ci_tiles;  // register tiles over output (forward) and input channels (backward)
  DenseConv forward;
  std::vector<DenseConv> backward;
  Layout gradient;  // of the output gradient: halo wide enough for `backward`
  int32_t stride_row = 1, stride_col = 1;
};

struct NodePlan {
  int32_t canonical = 0;      // the first of equal ReLUs; the node itself for everything else
  bool stored = false;        // has an activation tensor
  Layout layout;              // of the activation
  int64_t offset = 0;         // of the activation in the arena, in pixels (one sample); see place_activations
  int32_t fused_relu = -1;    // the ReLU that this mix or batch norm writes along with (or instead of) itself
  int64_t neuron_offset = 0;  // canonical, with neurons: index of the first
  int32_t conv = -1;          // index into Plan::convs
};

struct Plan {
  explicit Plan(const Graph& graph, Purpose purpose = Purpose::kGradient);

  const Graph& graph;
  std::vector<NodePlan> nodes;
  std::vector<ConvPlan> convs;
  bool shares_places = false;  // a tensor's place may be another one's once nothing reads it any more
  int64_t arena_pixels = 0;    // activations of one sample
  int64_t packed_values = 0;   // all packed convolution weights
  int64_t neurons = 0;         // over canonical nodes

  /// Whether a canonical ReLU is written along with the mix or batch norm that it reads.
  bool is_fused(int32_t relu) const;

 private:
  void place_activations(Purpose purpose);
  std::vector<int32_t> last_reads() const;
};

/// Splits n into as few and as equal parts of at most `largest` as possible, larger parts first.
std::vector<int32_t> split_evenly(int32_t n, int32_t largest);

}  // namespace tenas::engine
