#include "reference/reference.hpp"
#include "reference/window.hpp"

namespace tenas::reference {
namespace {

size_t at(int32_t id) {
  return static_cast<size_t>(id);
}

class Backward {
 public:
  Backward(const Graph& graph, std::span<const double> coefficients, std::span<const double> weights,
           const Activations& activations, int32_t batch, NtkMode mode)
      : graph_(graph),
        coefficients_(coefficients),
        weights_(weights),
        activations_(activations),
        batch_(batch),
        mode_(mode),
        gradient_(graph.nodes.size()),
        params_(static_cast<size_t>(graph.param_values), 0.0) {}

  std::vector<double> run(std::span<const double> output_gradient, std::vector<double>* input_gradient) {
    const std::vector<bool> contributes = contributing_nodes(graph_, coefficients_);
    for (size_t v = 0; v < graph_.nodes.size(); ++v) {
      if (contributes[v]) gradient_[v].assign(activations_.node[v].size(), 0.0);
    }
    gradient_[at(graph_.output)].assign(output_gradient.begin(), output_gradient.end());
    for (size_t v = graph_.nodes.size(); v-- > 0;) {
      if (contributes[v]) run_node(v);
    }
    if (input_gradient) *input_gradient = gradient_[at(graph_.input)];
    return std::move(params_);
  }

 private:
  double weight(int32_t id, int64_t i) const { return weights_[offset(id, i)]; }
  size_t offset(int32_t id, int64_t i) const { return static_cast<size_t>(graph_.params[at(id)].offset + i); }
  const std::vector<double>& in(const Node& node) const { return activations_.node[at(node.inputs[0])]; }
  std::vector<double>& in_gradient(const Node& node, size_t k = 0) { return gradient_[at(node.inputs[k])]; }
  const Shape& in_shape(const Node& node, size_t k = 0) const {
    return graph_.nodes[at(node.inputs[k])].shape;
  }

  void run_node(size_t v) {
    const Node& node = graph_.nodes[v];
    const std::vector<double>& g = gradient_[v];
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
        for (size_t i = 0; i < g.size(); ++i) in_gradient(node)[i] += in(node)[i] > 0 ? g[i] : 0.0;
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
          for (size_t i = 0; i < g.size(); ++i) in_gradient(node, k)[i] += scale * g[i];
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
    }
  }

  void convolve(const Node& node, const std::vector<double>& g) {
    const Shape& s = in_shape(node);
    const int32_t ci = s.c / node.groups, co = node.shape.c / node.groups;
    each_element(batch_, node.shape, [&](int32_t n, int32_t o, int32_t y, int32_t x) {
      const double gradient = g[index(node.shape, n, o, y, x)];
      if (node.bias >= 0) params_[offset(node.bias, o)] += gradient;
      for (int32_t i = 0; i < ci; ++i) {
        each_tap(node, s, y, x, [&](int32_t iy, int32_t ix, int32_t ky, int32_t kx) {
          const int64_t w = ((int64_t{o} * ci + i) * node.kh + ky) * node.kw + kx;
          const size_t source = index(s, n, o / co * ci + i, iy, ix);
          params_[offset(node.weight, w)] += gradient * in(node)[source];
          in_gradient(node)[source] += gradient * weight(node.weight, w);
        });
      }
    });
  }

  void normalise(size_t v, const std::vector<double>& g) {
    const Node& node = graph_.nodes[v];
    const Shape& s = node.shape;
    const double count = static_cast<double>(batch_) * s.h * s.w;
    std::vector<double> sum(at(s.c), 0.0), product(at(s.c), 0.0);
    const auto normal = [&](size_t i, int32_t c) {
      return (in(node)[i] - activations_.mean[v][at(c)]) * activations_.inv_std[v][at(c)];
    };
    each_element(batch_, s, [&](int32_t n, int32_t c, int32_t y, int32_t x) {
      const size_t i = index(s, n, c, y, x);
      sum[at(c)] += g[i];
      product[at(c)] += g[i] * normal(i, c);
    });
    for (int32_t c = 0; c < s.c; ++c) {
      if (node.weight >= 0) params_[offset(node.weight, c)] += product[at(c)];
      if (node.bias >= 0) params_[offset(node.bias, c)] += sum[at(c)];
    }
    each_element(batch_, s, [&](int32_t n, int32_t c, int32_t y, int32_t x) {
      const size_t i = index(s, n, c, y, x);
      const double scale = (node.weight >= 0 ? weight(node.weight, c) : 1.0) * activations_.inv_std[v][at(c)];
      const double through =
          mode_ == NtkMode::kBatch ? (sum[at(c)] + normal(i, c) * product[at(c)]) / count : 0.0;
      in_gradient(node)[i] += scale * (g[i] - through);
    });
  }

  void pool(const Node& node, const std::vector<double>& g) {
    const Shape& s = in_shape(node);
    each_element(batch_, node.shape, [&](int32_t n, int32_t c, int32_t y, int32_t x) {
      const double gradient = g[index(node.shape, n, c, y, x)];
      if (node.op == Op::kAvgPool2d) {
        const double share = gradient / pool_divisor(node, s, y, x);
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
  std::span<const double> coefficients_, weights_;
  const Activations& activations_;
  int32_t batch_;
  NtkMode mode_;
  std::vector<std::vector<double>> gradient_;
  std::vector<double> params_;
};

}  // namespace

std::vector<double> backward(const Graph& graph, std::span<const double> coefficients,
                             std::span<const double> weights, const Activations& activations,
                             std::span<const double> output_gradient, int32_t batch, NtkMode mode,
                             std::vector<double>* input_gradient) {
  return Backward(graph, coefficients, weights, activations, batch, mode)
      .run(output_gradient, input_gradient);
}

}  // namespace tenas::reference
