// Operations that go channel plane by channel plane, forward over all blocks; the backward pass of
// activations, scales and selections of channels, for one unit.
#pragma once

#include <algorithm>
#include <vector>

#include "kernels/activation.hpp"
#include "kernels/batch_norm.hpp"
#include "kernels/combine.hpp"
#include "plan/plan.hpp"

namespace tenas::engine::TENAS_ISA {

/// A stored tensor whose blocks follow one another; `p` is pixel (0, 0) of channel 0 of block 0.
template <class T>
struct Planes {
  T* p;
  const Layout& layout;
  /// Pixel (0, 0) of a channel of a block of `width` lanes.
  T* plane(int32_t block, int32_t channel, int width) const {
    return p + (block * layout.size() + channel * layout.channel()) * width;
  }
};

template <class L>
void pad_planes(const Node& pad, Planes<const typename L::T> in, Planes<typename L::T> out, int32_t blocks) {
  using T = typename L::T;
  const int32_t y0 = std::max(pad.top, 0), x0 = std::max(pad.left, 0);
  const int32_t y1 = std::min(pad.top + in.layout.h, out.layout.h);
  const int32_t x1 = std::min(pad.left + in.layout.w, out.layout.w);
  for (int32_t block = 0; block < blocks; ++block) {
    for (int32_t c = 0; c < out.layout.c; ++c) {
      T* const target = out.plane(block, c, L::width);
      zero_plane<L>(target, out.layout.row(), out.layout.h, out.layout.w);
      if (y1 <= y0 || x1 <= x0) continue;
      const int64_t first = (y0 - pad.top) * in.layout.row() + (x0 - pad.left);
      copy_plane<L>(in.plane(block, c, L::width) + first * L::width, in.layout.row(), T{1},
                    target + (y0 * out.layout.row() + x0) * L::width, out.layout.row(), y1 - y0, x1 - x0,
                    false);
    }
  }
}

/// Mean over height and width.
template <class L>
void average_planes(Planes<const typename L::T> in, Planes<typename L::T> out, int32_t blocks) {
  using T = typename L::T;
  const double count = static_cast<double>(in.layout.h) * in.layout.w;
  for (int32_t block = 0; block < blocks; ++block) {
    for (int32_t c = 0; c < out.layout.c; ++c) {
      const typename L::D sum =
          channel_moment<L, 1>(in.plane(block, c, L::width), in.layout.row(), in.layout.h, in.layout.w, T{0});
      T* const target = out.plane(block, c, L::width);
      for (int lane = 0; lane < L::width; ++lane) target[lane] = static_cast<T>(sum[lane] / count);
    }
  }
}

template <class L>
void activate_planes(Activation function, Planes<const typename L::T> in, Planes<typename L::T> out,
                     int32_t blocks) {
  for (int32_t block = 0; block < blocks; ++block) {
    for (int32_t c = 0; c < out.layout.c; ++c) {
      activate<L>(function, in.plane(block, c, L::width), in.layout.row(), out.plane(block, c, L::width),
                  out.layout.row(), out.layout.h, out.layout.w);
    }
  }
}

template <class L>
void scale_planes(Planes<const typename L::T> in, Planes<const typename L::T> factor,
                  Planes<typename L::T> out, int32_t blocks) {
  for (int32_t block = 0; block < blocks; ++block) {
    for (int32_t c = 0; c < out.layout.c; ++c) {
      copy_plane<L>(in.plane(block, c, L::width), in.layout.row(), L::load(factor.plane(block, c, L::width)),
                    out.plane(block, c, L::width), out.layout.row(), out.layout.h, out.layout.w, false);
    }
  }
}

template <class L>
void select_planes(const std::vector<int32_t>& channels, Planes<const typename L::T> in,
                   Planes<typename L::T> out, int32_t blocks) {
  using T = typename L::T;
  for (int32_t block = 0; block < blocks; ++block) {
    for (int32_t c = 0; c < out.layout.c; ++c) {
      copy_plane<L>(in.plane(block, channels[c], L::width), in.layout.row(), T{1},
                    out.plane(block, c, L::width), out.layout.row(), out.layout.h, out.layout.w, false);
    }
  }
}

/// The gradient of a plane that was padded or cropped.
template <class L>
void padded_plane_gradient(const Node& pad, const Shape& in, const typename L::T* gradient,
                           int64_t gradient_row, typename L::T scale, typename L::T* out, int64_t out_row,
                           bool accumulate) {
  if (!accumulate) zero_plane<L>(out, out_row, in.h, in.w);
  const int32_t y0 = std::max(-pad.top, 0), x0 = std::max(-pad.left, 0);
  const int32_t y1 = std::min(in.h, pad.shape.h - pad.top), x1 = std::min(in.w, pad.shape.w - pad.left);
  if (y1 <= y0 || x1 <= x0) return;
  copy_plane<L>(gradient + ((y0 + pad.top) * gradient_row + x0 + pad.left) * L::width, gradient_row, scale,
                out + (y0 * out_row + x0) * L::width, out_row, y1 - y0, x1 - x0, true);
}

/// Dual lanes: a layer's output gradient as the gradient of its input sees it, where the direction of the
/// derivatives is that of the weights themselves (ForwardPass::grow_weights). Returns `out`.
template <class L>
View<const typename L::T> carry_planes(const View<const typename L::T>& gradient, const Layout& layout,
                                       const View<typename L::T>& out) {
  for (int32_t c = 0; c < layout.c; ++c) {
    carry_plane<L>(gradient.p + c * gradient.channel * L::width, gradient.row, typename L::T{0},
                   out.p + c * out.channel * L::width, out.row, layout.h, layout.w);
  }
  return {out.p, out.channel, out.row};
}

/// An activation of one unit, as access A reads it: pixel (0, 0) of channel 0.
template <class A, class T>
struct UnitPlanes {
  const T* p;
  const Layout& layout;
  const T* plane(int32_t channel) const { return p + channel * layout.channel() * A::stride; }
};

/// The gradient of one unit's input: where it goes, and whether it is added.
template <class T>
struct UnitGradient {
  View<const T> from;  // of the output
  T factor;            // of that
  View<T> to;
  bool accumulate;
};

template <class L, class A>
void activation_planes_gradient(Activation function, const UnitGradient<typename L::T>& gradient,
                                const UnitPlanes<A, typename L::T>& input) {
  constexpr int W = L::width;
  const auto& [from, factor, to, accumulate] = gradient;
  for (int32_t c = 0; c < input.layout.c; ++c) {
    activation_gradient<L, A>(function, from.p + c * from.channel * W, from.row, factor, input.plane(c),
                              input.layout.row(), to.p + c * to.channel * W, to.row, input.layout.h,
                              input.layout.w, accumulate);
  }
}

/// The gradient of a scale's input.
template <class L, class A>
void scaled_planes_gradient(const UnitGradient<typename L::T>& gradient, const Layout& shape,
                            const UnitPlanes<A, typename L::T>& factors) {
  constexpr int W = L::width;
  const auto& [from, factor, to, accumulate] = gradient;
  for (int32_t c = 0; c < shape.c; ++c) {
    const typename L::V by = L::set(factor) * A::load(factors.plane(c));
    copy_plane<L>(from.p + c * from.channel * W, from.row, by, to.p + c * to.channel * W, to.row, shape.h,
                  shape.w, accumulate);
  }
}

/// The gradient of a scale's factors: sums of products, in double.
template <class L, class A>
void factors_gradient(const UnitGradient<typename L::T>& gradient,
                      const UnitPlanes<A, typename L::T>& input) {
  constexpr int W = L::width;
  const auto& [from, factor, to, accumulate] = gradient;
  for (int32_t c = 0; c < input.layout.c; ++c) {
    BatchNormPlane<typename L::T> plane;
    plane.gradient = from.p + c * from.channel * W;
    plane.gradient_row = from.row;
    plane.input = input.plane(c);
    plane.input_row = input.layout.row();
    plane.rows = input.layout.h;
    plane.cols = input.layout.w;
    typename L::D sum{}, product{};
    batch_norm_sums<L, A>(plane, sum, product);
    typename L::T* const target = to.p + c * to.channel * W;
    const typename L::V value = L::set(factor) * L::narrow(product);
    L::store(target, accumulate ? L::load(target) + value : value);
  }
}

template <class L>
void selected_planes_gradient(const std::vector<int32_t>& channels,
                              const UnitGradient<typename L::T>& gradient, const Layout& input) {
  constexpr int W = L::width;
  const auto& [from, factor, to, accumulate] = gradient;
  for (int32_t c = 0; !accumulate && c < input.c; ++c) {
    zero_plane<L>(to.p + c * to.channel * W, to.row, input.h, input.w);
  }
  for (int32_t k = 0; k < std::ssize(channels); ++k) {
    copy_plane<L>(from.p + k * from.channel * W, from.row, factor, to.p + channels[k] * to.channel * W,
                  to.row, input.h, input.w, true);
  }
}

}  // namespace tenas::engine::TENAS_ISA
