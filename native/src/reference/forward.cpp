#include <cmath>

#include "reference/activation.hpp"
#include "reference/reference.hpp"
#include "reference/window.hpp"

namespace tenas::reference {
namespace {

template <class S>
class Forward {
 public:
  Forward(const Graph& graph, std::span<const double> coefficients, std::span<const S> weights,
          std::span<const S> input, int32_t batch, Statistics statistics, const Added& added)
      : graph_(graph),
        coefficients_(coefficients),
        weights_(weights),
        batch_(batch),
        statistics_(statistics),
        added_(added) {
    activations_.node.resize(graph.nodes.size());
    activations_.mean.resize(graph.nodes.size());
    activations_.inv_std.resize(graph.nodes.size());
    activations_.node[graph.input].assign(input.begin(), input.end());
  }

  ActivationsOf<S> run() {
    const std::vector<bool> runs = executed_nodes(graph_, coefficients_, added_.nodes.heads);
    for (size_t v = 0; v < graph_.nodes.size(); ++v) {
      if (!runs[v] || graph_.nodes[v].op == Op::kInput) continue;
      run_node(v);
      apply_factors(graph_, added_, v, batch_, activations_.node[v]);
    }
    return std::move(activations_);
  }

 private:
  S param(int32_t id, int64_t i) const { return weights_[graph_.params[id].offset + i]; }
  const std::vector<S>& in(const Node& node, size_t k = 0) const { return activations_.node[node.inputs[k]]; }
  const Shape& in_shape(const Node& node, size_t k = 0) const { return graph_.nodes[node.inputs[k]].shape; }

  void run_node(size_t v) {
    const Node& node = graph_.nodes[v];
    std::vector<S>& out = activations_.node[v];
    out.assign(batch_ * node.shape.size(), S(0));
    switch (node.op) {
      case Op::kInput:
        break;
      case Op::kConv2d:
      case Op::kLinear:
        convolve(node, out);
        break;
      case Op::kBatchNorm:
        normalise(v, out);
        break;
      case Op::kRelu:
        for (size_t i = 0; i < out.size(); ++i) out[i] = in(node)[i] > 0 ? in(node)[i] : S(0);
        break;
      case Op::kAvgPool2d:
      case Op::kMaxPool2d:
        pool(node, out);
        break;
      case Op::kPad2d:
        pad(node, out);
        break;
      case Op::kMix:
        for (size_t k = 0; k < node.inputs.size(); ++k) {
          const double scale = mix_coefficient(node, k, coefficients_);
          if (scale == 0) continue;
          for (size_t i = 0; i < out.size(); ++i) out[i] += scale * in(node, k)[i];
        }
        break;
      case Op::kConcat:
        concatenate(node, out);
        break;
      case Op::kGlobalAvgPool: {
        const Shape& s = in_shape(node);
        each_element(batch_, s, [&](int32_t n, int32_t c, int32_t y, int32_t x) {
          out[index(node.shape, n, c, 0, 0)] +=
              in(node)[index(s, n, c, y, x)] / (static_cast<double>(s.h) * s.w);
        });
        break;
      }
      case Op::kActivation:
        for (size_t i = 0; i < out.size(); ++i) out[i] = activation(node.function, in(node)[i]);
        break;
      case Op::kScale:
        each_element(batch_, node.shape, [&](int32_t n, int32_t c, int32_t y, int32_t x) {
          const size_t i = index(node.shape, n, c, y, x);
          out[i] = in(node)[i] * in(node, 1)[index(in_shape(node, 1), n, c, 0, 0)];
        });
        break;
      case Op::kSelectChannels:
        each_element(batch_, node.shape, [&](int32_t n, int32_t c, int32_t y, int32_t x) {
          out[index(node.shape, n, c, y, x)] = in(node)[index(in_shape(node), n, node.channels[c], y, x)];
        });
        break;
    }
  }

  void convolve(const Node& node, std::vector<S>& out) const {
    const Shape& s = in_shape(node);
    const int32_t ci = s.c / node.groups, co = node.shape.c / node.groups;
    each_element(batch_, node.shape, [&](int32_t n, int32_t o, int32_t y, int32_t x) {
      S sum = node.bias >= 0 ? param(node.bias, o) : S(0);
      for (int32_t i = 0; i < ci; ++i) {
        each_tap(node, s, y, x, [&](int32_t iy, int32_t ix, int32_t ky, int32_t kx) {
          sum += param(node.weight, ((int64_t{o} * ci + i) * node.kh + ky) * node.kw + kx) *
                 in(node)[index(s, n, o / co * ci + i, iy, ix)];
        });
      }
      out[index(node.shape, n, o, y, x)] = sum;
    });
  }

  void normalise(size_t v, std::vector<S>& out) {
    const Node& node = graph_.nodes[v];
    const Shape& s = node.shape;
    if (statistics_ == Statistics::kNone) {
      out = in(node);
      return;
    }
    // Values that share statistics: of a channel, and of a sample if every sample has its own.
    const bool by_sample = statistics_ == Statistics::kPerSample;
    const double count = static_cast<double>(by_sample ? 1 : batch_) * s.h * s.w;
    const auto group = [&](int32_t n, int32_t c) { return by_sample ? n * s.c + c : c; };
    const int32_t groups = by_sample ? batch_ * s.c : s.c;
    std::vector<S> mean(groups, S(0)), variance(groups, S(0));
    if (statistics_ == Statistics::kRunning) {
      for (int32_t c = 0; c < s.c; ++c) {
        mean[c] = param(node.running_mean, c);
        variance[c] = param(node.running_var, c);
      }
    } else {
      each_element(batch_, s, [&](int32_t n, int32_t c, int32_t y, int32_t x) {
        mean[group(n, c)] += in(node)[index(s, n, c, y, x)] / count;
      });
      each_element(batch_, s, [&](int32_t n, int32_t c, int32_t y, int32_t x) {
        const S difference = in(node)[index(s, n, c, y, x)] - mean[group(n, c)];
        variance[group(n, c)] += difference * difference / count;
      });
    }
    using std::sqrt;
    std::vector<S> inv_std(groups);
    for (int32_t k = 0; k < groups; ++k) inv_std[k] = 1.0 / sqrt(variance[k] + node.eps);
    each_element(batch_, s, [&](int32_t n, int32_t c, int32_t y, int32_t x) {
      const size_t i = index(s, n, c, y, x), k = group(n, c);
      const S normal = (in(node)[i] - mean[k]) * inv_std[k];
      out[i] = (node.weight >= 0 ? param(node.weight, c) : S(1)) * normal +
               (node.bias >= 0 ? param(node.bias, c) : S(0));
    });
    activations_.mean[v] = std::move(mean);
    activations_.inv_std[v] = std::move(inv_std);
  }

  void pool(const Node& node, std::vector<S>& out) const {
    const Shape& s = in_shape(node);
    each_element(batch_, node.shape, [&](int32_t n, int32_t c, int32_t y, int32_t x) {
      S sum = 0, best = -INFINITY;
      each_tap(node, s, y, x, [&](int32_t iy, int32_t ix, int32_t, int32_t) {
        const S value = in(node)[index(s, n, c, iy, ix)];
        sum += value;
        if (value > best) best = value;
      });
      out[index(node.shape, n, c, y, x)] =
          node.op == Op::kMaxPool2d ? best : sum / pool_divisor(node, s, y, x);
    });
  }

  void pad(const Node& node, std::vector<S>& out) const {
    const Shape& s = in_shape(node);
    each_element(batch_, node.shape, [&](int32_t n, int32_t c, int32_t y, int32_t x) {
      const int32_t iy = y - node.top, ix = x - node.left;
      if (iy >= 0 && iy < s.h && ix >= 0 && ix < s.w) {
        out[index(node.shape, n, c, y, x)] = in(node)[index(s, n, c, iy, ix)];
      }
    });
  }

  void concatenate(const Node& node, std::vector<S>& out) const {
    int32_t first = 0;
    for (size_t k = 0; k < node.inputs.size(); ++k) {
      const Shape& s = in_shape(node, k);
      each_element(batch_, s, [&](int32_t n, int32_t c, int32_t y, int32_t x) {
        out[index(node.shape, n, first + c, y, x)] = in(node, k)[index(s, n, c, y, x)];
      });
      first += s.c;
    }
  }

  const Graph& graph_;
  std::span<const double> coefficients_;
  std::span<const S> weights_;
  int32_t batch_;
  Statistics statistics_;
  const Added& added_;
  ActivationsOf<S> activations_;
};

}  // namespace

Activations forward(const Graph& graph, std::span<const double> coefficients, std::span<const double> weights,
                    std::span<const double> input, int32_t batch, Statistics statistics, const Added& added) {
  return Forward<double>(graph, coefficients, weights, input, batch, statistics, added).run();
}

ActivationsOf<Dual> forward(const Graph& graph, std::span<const double> coefficients,
                            std::span<const Dual> weights, std::span<const Dual> input, int32_t batch) {
  const Added none;
  return Forward<Dual>(graph, coefficients, weights, input, batch, Statistics::kBatch, none).run();
}

}  // namespace tenas::reference
