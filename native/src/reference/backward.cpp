#include <algorithm>

#include "reference/activation.hpp"
#include "reference/reference.hpp"
#include "reference/window.hpp"

namespace tenas::reference {
namespace {

template <class S>
class Backward {
 public:
  Backward(const Graph& graph, std::span<const double> coefficients, std::span<const S> weights,
           const ActivationsOf<S>& activations, int32_t batch, GradientStatistics statistics,
           const Added& added)
      : graph_(graph),
        coefficients_(coefficients),
        weights_(weights),
        activations_(activations),
        batch_(batch),
        statistics_(statistics),
        added_(added),
        gradient_(graph.nodes.size()),
        params_(graph.param_values, S(0)),
        by_coefficient_(graph.slots, S(0)) {}

  GradientsOf<S> run(std::span<const S> output_gradient) {
    const std::vector<bool> contributes = contributing_nodes(graph_, coefficients_, added_.nodes.heads);
    for (size_t v = 0; v < graph_.nodes.size(); ++v) {
      if (contributes[v]) gradient_[v].assign(activations_.node[v].size(), S(0));
    }
    const size_t values = activations_.node[graph_.output].size();
    gradient_[graph_.output].assign(output_gradient.begin(), output_gradient.begin() + values);
    for (size_t k = 0; k < added_.nodes.heads.size(); ++k) {
      const auto own = output_gradient.subspan((k + 1) * values, values);
      gradient_[added_.nodes.heads[k]].assign(own.begin(), own.end());
    }
    sweep(contributes);
    std::vector<S> input = gradient_[graph_.input];
    return {std::move(params_), std::move(by_coefficient_), std::move(input), std::move(gradient_)};
  }

  std::vector<S> run_block(const Block& block, std::span<const S> signs) {
    const std::vector<bool> contributes = nodes_below(graph_, coefficients_, block.to);
    for (size_t v = 0; v < graph_.nodes.size(); ++v) {
      if (contributes[v] || static_cast<int32_t>(v) == block.from) {
        gradient_[v].assign(batch_ * graph_.nodes[v].shape.size(), S(0));
      }
    }
    gradient_[block.to].assign(signs.begin(), signs.end());
    sweep(contributes);
    return gradient_of(graph_, gradient_, block.from);
  }

 private:
  void sweep(const std::vector<bool>& contributes) {
    for (size_t v = graph_.nodes.size(); v-- > 0;) {
      if (!contributes[v]) continue;
      apply_factors(graph_, added_, v, batch_, gradient_[v]);
      run_node(v);
    }
  }

  S weight(int32_t id, int64_t i) const { return weights_[offset(id, i)]; }
  int64_t offset(int32_t id, int64_t i) const { return graph_.params[id].offset + i; }
  const std::vector<S>& in(const Node& node, size_t k = 0) const { return activations_.node[node.inputs[k]]; }
  std::vector<S>& in_gradient(const Node& node, size_t k = 0) { return gradient_[node.inputs[k]]; }
  const Shape& in_shape(const Node& node, size_t k = 0) const { return graph_.nodes[node.inputs[k]].shape; }

  void run_node(size_t v) {
    const Node& node = graph_.nodes[v];
    const std::vector<S>& g = gradient_[v];
    switch (node.op) {
      case Op::kInput:
        break;
      case Op::kConv2d:
      case Op::kLinear:
        convolve(node, g);
        break;
      case Op::kBatchNorm:
        normalise(v, g);
        break;
      case Op::kRelu:
        for (size_t i = 0; i < g.size(); ++i) in_gradient(node)[i] += in(node)[i] > 0 ? g[i] : S(0);
        break;
      case Op::kAvgPool2d:
      case Op::kMaxPool2d:
        pool(node, g);
        break;
      case Op::kPad2d: {
        const Shape& s = in_shape(node);
        each_element(batch_, node.shape, [&](int32_t n, int32_t c, int32_t y, int32_t x) {
          const int32_t iy = y - node.top, ix = x - node.left;
          if (iy >= 0 && iy < s.h && ix >= 0 && ix < s.w) {
            in_gradient(node)[index(s, n, c, iy, ix)] += g[index(node.shape, n, c, y, x)];
          }
        });
        break;
      }
      case Op::kMix:
        for (size_t k = 0; k < node.inputs.size(); ++k) {
          const double scale = mix_coefficient(node, k, coefficients_);
          if (scale == 0) continue;
          const int32_t slot = node.slots[k];
          for (size_t i = 0; i < g.size(); ++i) {
            in_gradient(node, k)[i] += scale * g[i];
            if (slot >= 0) by_coefficient_[slot] += g[i] * activations_.node[node.inputs[k]][i];
          }
        }
        break;
      case Op::kConcat: {
        int32_t first = 0;
        for (size_t k = 0; k < node.inputs.size(); ++k) {
          const Shape& s = in_shape(node, k);
          each_element(batch_, s, [&](int32_t n, int32_t c, int32_t y, int32_t x) {
            in_gradient(node, k)[index(s, n, c, y, x)] += g[index(node.shape, n, first + c, y, x)];
          });
          first += s.c;
        }
        break;
      }
      case Op::kGlobalAvgPool: {
        const Shape& s = in_shape(node);
        each_element(batch_, s, [&](int32_t n, int32_t c, int32_t y, int32_t x) {
          in_gradient(node)[index(s, n, c, y, x)] +=
              g[index(node.shape, n, c, 0, 0)] / (static_cast<double>(s.h) * s.w);
        });
        break;
      }
      case Op::kActivation:
        for (size_t i = 0; i < g.size(); ++i) {
          in_gradient(node)[i] += g[i] * activation_derivative(node.function, in(node)[i]);
        }
        break;
      case Op::kScale:
        each_element(batch_, node.shape, [&](int32_t n, int32_t c, int32_t y, int32_t x) {
          const size_t i = index(node.shape, n, c, y, x), k = index(in_shape(node, 1), n, c, 0, 0);
          in_gradient(node)[i] += g[i] * in(node, 1)[k];
          in_gradient(node, 1)[k] += g[i] * in(node)[i];
        });
        break;
      case Op::kSelectChannels:
        each_element(batch_, node.shape, [&](int32_t n, int32_t c, int32_t y, int32_t x) {
          in_gradient(node)[index(in_shape(node), n, node.channels[c], y, x)] +=
              g[index(node.shape, n, c, y, x)];
        });
        break;
    }
  }

  void convolve(const Node& node, const std::vector<S>& g) {
    const Shape& s = in_shape(node);
    const int32_t ci = s.c / node.groups, co = node.shape.c / node.groups;
    const std::vector<S>& input = in(node);
    std::vector<S>& by_input = in_gradient(node);
    const S* weights = &weights_[offset(node.weight, 0)];
    S* by_weight = &params_[offset(node.weight, 0)];
    each_element(batch_, node.shape, [&](int32_t n, int32_t o, int32_t y, int32_t x) {
      const S gradient = g[index(node.shape, n, o, y, x)];
      if (node.bias >= 0) params_[offset(node.bias, o)] += gradient;
      for (int32_t i = 0; i < ci; ++i) {
        each_tap(node, s, y, x, [&](int32_t iy, int32_t ix, int32_t ky, int32_t kx) {
          const int64_t w = ((int64_t{o} * ci + i) * node.kh + ky) * node.kw + kx;
          const size_t source = index(s, n, o / co * ci + i, iy, ix);
          by_weight[w] += gradient * input[source];
          by_input[source] += gradient * weights[w];
        });
      }
    });
  }

  void normalise(size_t v, const std::vector<S>& g) {
    const Node& node = graph_.nodes[v];
    const Shape& s = node.shape;
    if (statistics_ == GradientStatistics::kNone) {
      for (size_t i = 0; i < g.size(); ++i) in_gradient(node)[i] += g[i];
      return;
    }
    // Values that share statistics: of a channel, and of a sample if every sample has its own.
    const bool by_sample = statistics_ == GradientStatistics::kPerSample;
    const double count = static_cast<double>(by_sample ? 1 : batch_) * s.h * s.w;
    const auto group = [&](int32_t n, int32_t c) { return by_sample ? n * s.c + c : c; };
    const int32_t groups = by_sample ? batch_ * s.c : s.c;
    std::vector<S> sum(groups, S(0)), product(groups, S(0));
    const auto normal = [&](size_t i, size_t k) {
      return (in(node)[i] - activations_.mean[v][k]) * activations_.inv_std[v][k];
    };
    each_element(batch_, s, [&](int32_t n, int32_t c, int32_t y, int32_t x) {
      const size_t i = index(s, n, c, y, x), k = group(n, c);
      sum[k] += g[i];
      product[k] += g[i] * normal(i, k);
      if (node.weight >= 0) params_[offset(node.weight, c)] += g[i] * normal(i, k);
      if (node.bias >= 0) params_[offset(node.bias, c)] += g[i];
    });
    each_element(batch_, s, [&](int32_t n, int32_t c, int32_t y, int32_t x) {
      const size_t i = index(s, n, c, y, x), k = group(n, c);
      const S scale = (node.weight >= 0 ? weight(node.weight, c) : S(1)) * activations_.inv_std[v][k];
      const S through =
          statistics_ == GradientStatistics::kConstant ? S(0) : (sum[k] + normal(i, k) * product[k]) / count;
      in_gradient(node)[i] += scale * (g[i] - through);
    });
  }

  void pool(const Node& node, const std::vector<S>& g) {
    const Shape& s = in_shape(node);
    each_element(batch_, node.shape, [&](int32_t n, int32_t c, int32_t y, int32_t x) {
      const S gradient = g[index(node.shape, n, c, y, x)];
      if (node.op == Op::kAvgPool2d) {
        const S share = gradient / pool_divisor(node, s, y, x);
        each_tap(node, s, y, x, [&](int32_t iy, int32_t ix, int32_t, int32_t) {
          in_gradient(node)[index(s, n, c, iy, ix)] += share;
        });
        return;
      }
      // The first maximum of the window takes the gradient.
      bool found = false;
      size_t best = 0;
      each_tap(node, s, y, x, [&](int32_t iy, int32_t ix, int32_t, int32_t) {
        const size_t i = index(s, n, c, iy, ix);
        if (!found || in(node)[i] > in(node)[best]) best = i;
        found = true;
      });
      in_gradient(node)[best] += gradient;
    });
  }

  const Graph& graph_;
  std::span<const double> coefficients_;
  std::span<const S> weights_;
  const ActivationsOf<S>& activations_;
  int32_t batch_;
  GradientStatistics statistics_;
  const Added& added_;
  std::vector<std::vector<S>> gradient_;
  std::vector<S> params_, by_coefficient_;
};

}  // namespace

std::vector<double> gradient_of(const Graph& graph, const std::vector<std::vector<double>>& gradients,
                                int32_t id) {
  std::vector<double> sum = gradients[id];
  const Node& asked = graph.nodes[id];
  for (size_t v = 0; asked.op == Op::kRelu && v < graph.nodes.size(); ++v) {
    const Node& other = graph.nodes[v];
    if (static_cast<int32_t>(v) == id || other.op != Op::kRelu || other.inputs != asked.inputs) continue;
    sum.resize(std::max(sum.size(), gradients[v].size()), 0.0);
    for (size_t i = 0; i < gradients[v].size(); ++i) sum[i] += gradients[v][i];
  }
  return sum;
}

Gradients backward(const Graph& graph, std::span<const double> coefficients, std::span<const double> weights,
                   const Activations& activations, std::span<const double> output_gradient, int32_t batch,
                   GradientStatistics statistics, const Added& added) {
  return Backward<double>(graph, coefficients, weights, activations, batch, statistics, added)
      .run(output_gradient);
}

GradientsOf<Dual> backward(const Graph& graph, std::span<const double> coefficients,
                           std::span<const Dual> weights, const ActivationsOf<Dual>& activations,
                           std::span<const Dual> output_gradient, int32_t batch) {
  const Added none;
  return Backward<Dual>(graph, coefficients, weights, activations, batch, GradientStatistics::kThrough, none)
      .run(output_gradient);
}

std::vector<double> block_gradient(const Graph& graph, std::span<const double> coefficients,
                                   std::span<const double> weights, const Activations& activations,
                                   const Block& block, std::span<const double> signs, int32_t batch) {
  const Added none;
  return Backward<double>(graph, coefficients, weights, activations, batch, GradientStatistics::kThrough,
                          none)
      .run_block(block, signs);
}

}  // namespace tenas::reference
