// A forward pass of a network all of whose weights have one value, in double precision.
#pragma once

#include <algorithm>
#include <cmath>
#include <functional>
#include <limits>
#include <numeric>
#include <span>
#include <vector>

#include "base/cancel.hpp"
#include "graph/equal_channels.hpp"

namespace tenas::engine::TENAS_ISA {

/// Values [class of channels][pixel][N], times 2^exponent.
struct ScaledTensor {
  std::vector<double> values;
  int32_t exponent = 0;
};

/// Works channels that are equal out once. Values keep a common exponent apart: products of many small
/// weights would leave the range of double precision.
class ConstantNetwork {
 public:
  ConstantNetwork(const Graph& graph, std::span<const double> coefficients, int32_t batch,
                  const CancelFlag& cancel)
      : graph_(graph),
        coefficients_(coefficients),
        batch_(batch),
        cancel_(cancel),
        live_(contributing_nodes(graph, coefficients)),
        classes_(equal_channels(graph, coefficients, live_)) {}

  /// The output [N][output values] for weights of this value. `input` is [C][H][W][N].
  ScaledTensor run(double weight, std::span<const double> input) {
    weight_ = weight;
    tensors_.assign(graph_.nodes.size(), {});
    std::vector<int32_t> readers(graph_.nodes.size(), 0);
    each_input([&](int32_t, int32_t from) { ++readers[from]; });
    ++readers[graph_.output];
    for (int32_t id = 0; id < std::ssize(graph_.nodes); ++id) {
      if (!live_[id]) continue;
      cancel_.check();
      const Node& node = graph_.nodes[id];
      ScaledTensor& out = tensors_[id];
      out.values = taken(int64_t{classes_[id].count()} * pixels(node) * batch_);
      if (node.op == Op::kInput) {
        std::copy(input.begin(), input.end(), out.values.begin());
      } else {
        run_node(id, out);
      }
      keep_in_range(out);
      for (const int32_t from : live_inputs(node)) {
        if (--readers[from] == 0) spare_.push_back(std::move(tensors_[from].values));
      }
    }
    return output();
  }

 private:
  /// Exponent of a tensor of zeros: below that of any other.
  static constexpr int32_t kNothing = -(1 << 20);
  /// Values whose largest is between 2^-kRange and 2^kRange are left as they are.
  static constexpr int32_t kRange = 200;
  /// Tensors with an exponent from here on are the limit of small values.
  static constexpr int32_t kSmall = -600;

  std::vector<int32_t> live_inputs(const Node& node) const {
    std::vector<int32_t> found;
    for (size_t k = 0; k < node.inputs.size(); ++k) {
      if (node.op == Op::kMix && mix_coefficient(node, k, coefficients_) == 0) continue;
      found.push_back(node.inputs[k]);
    }
    return found;
  }
  template <class Fn>
  void each_input(const Fn& fn) const {
    for (int32_t id = 0; id < std::ssize(graph_.nodes); ++id) {
      if (!live_[id]) continue;
      for (const int32_t from : live_inputs(graph_.nodes[id])) fn(id, from);
    }
  }

  static int64_t pixels(const Node& node) { return int64_t{node.shape.h} * node.shape.w; }
  const Node& source(const Node& node, size_t k = 0) const { return graph_.nodes[node.inputs[k]]; }
  /// A class of the k-th input, [pixel][N].
  const double* plane(const Node& node, int32_t own, size_t k = 0) const {
    return tensors_[node.inputs[k]].values.data() + own * pixels(source(node, k)) * batch_;
  }
  int32_t exponent(const Node& node, size_t k = 0) const { return tensors_[node.inputs[k]].exponent; }
  /// The class of the k-th input that a class of a node is made of, where channels keep their places.
  int32_t below(int32_t id, int32_t own, size_t k = 0) const {
    return classes_[graph_.nodes[id].inputs[k]].of[classes_[id].channel[own]];
  }

  /// Memory for so many values, of a tensor that nothing reads any more if there is one.
  std::vector<double> taken(int64_t values) {
    std::vector<double> made;
    if (!spare_.empty()) {
      made = std::move(spare_.back());
      spare_.pop_back();
    }
    made.resize(values);
    return made;
  }

  void run_node(int32_t id, ScaledTensor& out) {
    const Node& node = graph_.nodes[id];
    const int64_t size = pixels(node) * batch_;
    out.exponent = exponent_of(node);
    for (int32_t own = 0; own < classes_[id].count(); ++own) {
      run_class(id, own, out, std::span(out.values).subspan(own * size, size));
    }
  }

  /// Of a node's output, before it is brought into range: that of its largest input.
  int32_t exponent_of(const Node& node) const {
    if (node.op == Op::kScale) return exponent(node, 0) + exponent(node, 1);
    int32_t most = kNothing;
    for (const int32_t from : live_inputs(node)) most = std::max(most, tensors_[from].exponent);
    // Statistics above the range leave nothing of the offset: what they give has a size of its own.
    if (node.op == Op::kBatchNorm) return std::min(most, 0);
    return node.op == Op::kActivation && !is_linear(node, most) ? 0 : most;
  }

  void run_class(int32_t id, int32_t own, const ScaledTensor& out, std::span<double> to) {
    const Node& node = graph_.nodes[id];
    switch (node.op) {
      case Op::kInput:
        break;
      case Op::kConv2d:
      case Op::kLinear:
        convolve(node, classes_[id].channel[own], to);
        break;
      case Op::kBatchNorm:
        normalise(node, plane(node, below(id, own)), to);
        break;
      case Op::kRelu:
        each_value(plane(node, below(id, own)), to, [](double x) { return std::max(x, 0.0); });
        break;
      case Op::kActivation:
        activate(node, plane(node, below(id, own)), to);
        break;
      case Op::kAvgPool2d:
        slide(node, plane(node, below(id, own)), to, 0.0, std::plus());
        divide_pool(node, to);
        break;
      case Op::kMaxPool2d:
        slide(node, plane(node, below(id, own)), to, -std::numeric_limits<double>::infinity(), larger);
        break;
      case Op::kPad2d:
        pad(node, plane(node, below(id, own)), to);
        break;
      case Op::kMix:
        std::fill(to.begin(), to.end(), 0.0);
        for (size_t k = 0; k < node.inputs.size(); ++k) {
          const double coefficient = mix_coefficient(node, k, coefficients_);
          if (coefficient == 0) continue;
          add(std::ldexp(coefficient, exponent(node, k) - out.exponent), plane(node, below(id, own, k), k),
              to);
        }
        break;
      case Op::kConcat:
        concatenate(node, classes_[id].channel[own], out.exponent, to);
        break;
      case Op::kGlobalAvgPool:
        std::fill(to.begin(), to.end(), 0.0);
        for (int64_t pixel = 0; pixel < pixels(source(node)); ++pixel) {
          add(1.0 / static_cast<double>(pixels(source(node))), plane(node, below(id, own)) + pixel * batch_,
              to);
        }
        break;
      case Op::kScale: {
        const double* factor = plane(node, below(id, own, 1), 1);
        const double* from = plane(node, below(id, own));
        for (int64_t i = 0; i < std::ssize(to); i += batch_) {
          for (int32_t n = 0; n < batch_; ++n) to[i + n] = from[i + n] * factor[n];
        }
        break;
      }
      case Op::kSelectChannels: {
        const int32_t from = classes_[node.inputs[0]].of[node.channels[classes_[id].channel[own]]];
        std::copy_n(plane(node, from), to.size(), to.begin());
        break;
      }
    }
  }

  static double larger(double a, double b) { return a > b ? a : b; }

  template <class Fn>
  static void each_value(const double* from, std::span<double> to, const Fn& fn) {
    for (int64_t i = 0; i < std::ssize(to); ++i) to[i] = fn(from[i]);
  }

  static void add(double factor, const double* from, std::span<double> to) {
    double* out = to.data();
    for (int64_t i = 0; i < std::ssize(to); ++i) out[i] += factor * from[i];
  }

  /// Combines fn(value) of all values, from 0. Several parts at a time: one alone would wait for itself.
  template <class Combine, class Fn>
  static double reduced(std::span<const double> values, const Combine& combine, const Fn& fn) {
    constexpr int64_t kParts = 16;
    double parts[kParts] = {};
    int64_t i = 0;
    for (; i + kParts <= std::ssize(values); i += kParts) {
      for (int64_t k = 0; k < kParts; ++k) parts[k] = combine(parts[k], fn(values[i + k]));
    }
    for (; i < std::ssize(values); ++i) parts[0] = combine(parts[0], fn(values[i]));
    return std::accumulate(std::begin(parts), std::end(parts), 0.0, combine);
  }

  /// The weighted sum of a window over all channels of the group: each class counts as often as it occurs.
  void convolve(const Node& node, int32_t channel, std::span<double> to) {
    const int32_t inputs = source(node).shape.c / node.groups;
    const int32_t group = channel / (node.shape.c / node.groups);
    const std::vector<int32_t> counts = class_counts(classes_[node.inputs[0]], group * inputs, inputs);
    summed_.assign(pixels(source(node)) * batch_, 0.0);
    for (int32_t own = 0; own < std::ssize(counts); ++own) {
      if (counts[own] > 0) add(weight_ * counts[own], plane(node, own), summed_);
    }
    slide(node, summed_.data(), to, 0.0, std::plus());
  }

  /// Combines the values in the window of each output pixel, by columns and then by rows.
  template <class Combine>
  void slide(const Node& node, const double* from, std::span<double> to, double nothing,
             const Combine& combine) {
    const Shape &in = source(node).shape, &out = node.shape;
    columns_.resize(int64_t{in.h} * out.w * batch_);
    for (int32_t y = 0; y < in.h; ++y) {
      for (int32_t x = 0; x < out.w; ++x) {
        combine_taps(from + int64_t{y} * in.w * batch_, 1, in.w, x * node.sw - node.pw, node.kw, node.dw,
                     columns_.data() + (int64_t{y} * out.w + x) * batch_, nothing, combine);
      }
    }
    for (int32_t y = 0; y < out.h; ++y) {
      for (int32_t x = 0; x < out.w; ++x) {
        combine_taps(columns_.data() + int64_t{x} * batch_, out.w, in.h, y * node.sh - node.ph, node.kh,
                     node.dh, to.data() + (int64_t{y} * out.w + x) * batch_, nothing, combine);
      }
    }
  }

  /// Combines `taps` pixels of a line, `dilation` apart from `first` on, as far as they are inside of it.
  template <class Combine>
  void combine_taps(const double* line, int64_t step, int32_t length, int32_t first, int32_t taps,
                    int32_t dilation, double* to, double nothing, const Combine& combine) const {
    std::fill_n(to, batch_, nothing);
    for (int32_t k = 0; k < taps; ++k) {
      const int32_t place = first + k * dilation;
      if (place < 0 || place >= length) continue;
      const double* from = line + place * step * batch_;
      for (int32_t n = 0; n < batch_; ++n) to[n] = combine(to[n], from[n]);
    }
  }

  void divide_pool(const Node& node, std::span<double> to) const {
    const Shape& in = source(node).shape;
    const auto inside = [&](int32_t first, int32_t taps, int32_t dilation, int32_t length) {
      if (node.count_include_pad) return taps;
      int32_t count = 0;
      for (int32_t k = 0; k < taps; ++k) {
        const int32_t place = first + k * dilation;
        if (place >= 0 && place < length) ++count;
      }
      return count;
    };
    for (int32_t y = 0; y < node.shape.h; ++y) {
      const double rows = inside(y * node.sh - node.ph, node.kh, node.dh, in.h);
      for (int32_t x = 0; x < node.shape.w; ++x) {
        const double count = rows * inside(x * node.sw - node.pw, node.kw, node.dw, in.w);
        double* pixel = to.data() + (int64_t{y} * node.shape.w + x) * batch_;
        for (int32_t n = 0; n < batch_; ++n) pixel[n] /= count;
      }
    }
  }

  void normalise(const Node& node, const double* from, std::span<double> to) const {
    const double count = static_cast<double>(to.size());
    const std::span<const double> values(from, to.size());
    const double mean = reduced(values, std::plus(), std::identity()) / count;
    const double variance =
        reduced(values, std::plus(), [mean](double x) { return (x - mean) * (x - mean); }) / count;
    // Of values x 2^e: (x - mean) 2^e / sqrt(variance 4^e + eps).
    const int32_t e = exponent(node);
    const double deviation = e <= 0 ? std::sqrt(std::ldexp(variance, 2 * e) + node.eps)
                                    : std::sqrt(variance + std::ldexp(node.eps, -2 * e));
    const double factor = (node.weight >= 0 ? weight_ : 1.0) / deviation;
    each_value(from, to, [&](double x) { return (x - mean) * factor; });
  }

  static bool is_sigmoid(const Node& node) {
    return node.function == Activation::kSigmoid || node.function == Activation::kHardSigmoid;
  }
  /// Whether an activation is its limit at 0, which keeps the exponent of what it reads.
  static bool is_linear(const Node& node, int32_t exponent) { return exponent < kSmall && !is_sigmoid(node); }

  void activate(const Node& node, const double* from, std::span<double> to) const {
    const int32_t e = exponent(node);
    if (is_linear(node, e)) {
      const bool rectifies = node.function == Activation::kRelu6;
      each_value(from, to, [&](double x) { return rectifies ? std::max(x, 0.0) : x / 2; });
      return;
    }
    each_value(from, to, [&](double x) { return activation_of(node.function, std::ldexp(x, e)); });
  }

  static double activation_of(Activation function, double x) {
    const double sigmoid = 1 / (1 + std::exp(-x)), hard = std::clamp(x / 6 + 0.5, 0.0, 1.0);
    switch (function) {
      case Activation::kRelu6:
        return std::clamp(x, 0.0, 6.0);
      case Activation::kHardSwish:
        return x * hard;
      case Activation::kHardSigmoid:
        return hard;
      case Activation::kSigmoid:
        return sigmoid;
      case Activation::kSwish:
        return x * sigmoid;
    }
    return x;
  }

  void pad(const Node& node, const double* from, std::span<double> to) const {
    const Shape& in = source(node).shape;
    std::fill(to.begin(), to.end(), 0.0);
    for (int32_t y = 0; y < node.shape.h; ++y) {
      for (int32_t x = 0; x < node.shape.w; ++x) {
        const int32_t iy = y - node.top, ix = x - node.left;
        if (iy < 0 || iy >= in.h || ix < 0 || ix >= in.w) continue;
        std::copy_n(from + (int64_t{iy} * in.w + ix) * batch_, batch_,
                    to.data() + (int64_t{y} * node.shape.w + x) * batch_);
      }
    }
  }

  void concatenate(const Node& node, int32_t channel, int32_t exponent_of_all, std::span<double> to) const {
    size_t k = 0;
    while (channel >= source(node, k).shape.c) channel -= source(node, k++).shape.c;
    std::fill(to.begin(), to.end(), 0.0);
    add(std::ldexp(1.0, exponent(node, k) - exponent_of_all),
        plane(node, classes_[node.inputs[k]].of[channel], k), to);
  }

  static void keep_in_range(ScaledTensor& tensor) {
    const double largest = reduced(tensor.values, larger, [](double x) { return std::abs(x); });
    if (largest == 0) tensor.exponent = kNothing;
    if (largest == 0 || !std::isfinite(largest)) return;
    const int32_t size = std::ilogb(largest);
    if (std::abs(size) <= kRange) return;
    const double factor = std::ldexp(1.0, -size);
    for (double& value : tensor.values) value *= factor;
    tensor.exponent += size;
  }

  /// [N][channels][pixels] of the output.
  ScaledTensor output() const {
    const Node& node = graph_.nodes[graph_.output];
    const ScaledTensor& tensor = tensors_[graph_.output];
    ScaledTensor made{{}, tensor.exponent == kNothing ? 0 : tensor.exponent};
    for (int32_t n = 0; n < batch_; ++n) {
      for (const int32_t own : classes_[graph_.output].of) {
        for (int64_t pixel = 0; pixel < pixels(node); ++pixel) {
          made.values.push_back(tensor.values[(own * pixels(node) + pixel) * batch_ + n]);
        }
      }
    }
    return made;
  }

  const Graph& graph_;
  const std::span<const double> coefficients_;
  const int32_t batch_;
  const CancelFlag& cancel_;
  const std::vector<bool> live_;
  const std::vector<ChannelClasses> classes_;
  double weight_ = 0;
  std::vector<ScaledTensor> tensors_;
  std::vector<std::vector<double>> spare_;
  std::vector<double> summed_, columns_;
};

}  // namespace tenas::engine::TENAS_ISA
