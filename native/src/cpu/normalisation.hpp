// The statistics that a batch norm normalises by, computed from its input.
#pragma once

#include <algorithm>
#include <cmath>
#include <span>
#include <vector>

#include "cpu/prepared.hpp"
#include "kernels/batch_norm.hpp"
#include "kernels/dual_lanes.hpp"
#include "tasks/forward.hpp"

namespace tenas::engine::TENAS_ISA {

/// Mean, factor and inverse deviation per channel and sample: a vector per channel and block.
template <class T>
class LaneNorms {
 public:
  void reserve(int32_t channels, int32_t blocks, int32_t width) {
    blocks_ = blocks;
    width_ = width;
    channels_ = channels;
    values_.reserve(3 * part());
  }
  const T* mean(int32_t channel, int32_t block) const { return at(0, channel, block); }
  const T* factor(int32_t channel, int32_t block) const { return at(1, channel, block); }
  const T* inverse_deviation(int32_t channel, int32_t block) const { return at(2, channel, block); }
  void set(int32_t channel, int32_t block, int32_t lane, double mean, double factor, double inverse) {
    T* own = values_.data() + (int64_t{channel} * blocks_ + block) * width_ + lane;
    own[0] = static_cast<T>(mean);
    own[part()] = static_cast<T>(factor);
    own[2 * part()] = static_cast<T>(inverse);
  }

 private:
  int64_t part() const { return int64_t{channels_} * blocks_ * width_; }
  const T* at(int64_t which, int32_t channel, int32_t block) const {
    return values_.data() + which * part() + (int64_t{channel} * blocks_ + block) * width_;
  }

  int32_t channels_ = 0, blocks_ = 0, width_ = 0;
  Buffer<T> values_;
};

/// Per batch-norm node, per channel: output = factor * (input - mean) + shift. Under Statistics::kPerSample
/// and with dual lanes mean, factor and inverse deviation are those in `lanes`.
template <class T>
struct Normalisation {
  std::vector<T> mean, factor, shift;
  std::vector<double> inverse_deviation;
  LaneNorms<T> lanes;
};

/// A map so small that a call of a SIMD kernel for each block would cost more than its work: without a halo,
/// a channel's planes of all blocks are taken as the rows of one plane.
inline bool is_compact(const Layout& layout) {
  constexpr int32_t kCompactMap = 64;
  return layout.halo == 0 && layout.h * layout.w <= kCompactMap;
}

/// Finds normalisations on one forward pass, which gives access to the activations.
template <class L, class Pass>
class Normaliser {
 public:
  using T = typename L::T;

  Normaliser(const Plan& plan, const PreparedRepeat<L>& prepared, const Pass& pass)
      : plan_(plan), prepared_(prepared), pass_(pass) {}

  /// Fills `norm` for batch-norm node v, whose input has been written.
  void find(int32_t v, Statistics statistics, Normalisation<T>& norm) const {
    const Node& node = plan_.graph.nodes[v];
    const int32_t u = plan_.nodes[node.inputs[0]].canonical;
    const Layout& layout = plan_.nodes[u].layout;
    clear(node, norm);
    if (statistics == Statistics::kNone) return;
    if constexpr (kDual<L>) {
      norm.lanes.reserve(layout.c, prepared_.blocks, L::width);
      for (int32_t c = 0; c < layout.c; ++c) set_pairs(node, u, c, norm);
      return;
    }
    if (statistics == Statistics::kPerSample) norm.lanes.reserve(layout.c, prepared_.blocks, L::width);
    for (int32_t c = 0; c < layout.c; ++c) {
      if (statistics == Statistics::kPerSample) {
        const double scale = node.weight >= 0 ? value(node.weight, c) : 1.0;
        if (node.bias >= 0) norm.shift[c] = prepared_.plain(plan_, node.bias)[c];
        for (int32_t block = 0; block < prepared_.blocks; ++block) {
          by_sample(node, u, c, block, scale, norm.lanes);
        }
        continue;
      }
      set(node, c,
          statistics == Statistics::kBatch ? of_batch(u, c)
                                           : Moments{value(node.running_mean, c), value(node.running_var, c)},
          norm);
    }
  }

  /// Mean and variance over this pass's samples of every channel that batch norm v normalises.
  void measure(int32_t v, std::span<Moments> moments) const {
    const Node& node = plan_.graph.nodes[v];
    const int32_t u = plan_.nodes[node.inputs[0]].canonical;
    for (size_t c = 0; c < moments.size(); ++c) moments[c] = of_batch(u, static_cast<int32_t>(c));
  }

  /// Fills `norm` for batch norm v from given statistics.
  void set(int32_t v, std::span<const Moments> moments, Normalisation<T>& norm) const {
    const Node& node = plan_.graph.nodes[v];
    clear(node, norm);
    for (size_t c = 0; c < moments.size(); ++c) set(node, static_cast<int32_t>(c), moments[c], norm);
  }

 private:
  void clear(const Node& node, Normalisation<T>& norm) const {
    const auto channels = node.shape.c;
    norm.mean.assign(channels, T{0});
    norm.factor.assign(channels, T{1});
    norm.shift.assign(channels, T{0});
    norm.inverse_deviation.assign(channels, 1.0);
  }

  void set(const Node& node, int32_t c, const Moments& moments, Normalisation<T>& norm) const {
    const auto i = c;
    const double inverse = 1.0 / std::sqrt(moments.variance + node.eps);
    if (node.bias >= 0) norm.shift[i] = prepared_.plain(plan_, node.bias)[c];
    norm.mean[i] = static_cast<T>(moments.mean);
    norm.factor[i] = static_cast<T>((node.weight >= 0 ? value(node.weight, c) : 1.0) * inverse);
    norm.inverse_deviation[i] = inverse;
  }

  double value(int32_t param, int32_t index) const {
    return static_cast<double>(prepared_.plain(plan_, param)[index]);
  }
  const Layout& layout_of(int32_t u) const { return plan_.nodes[u].layout; }

  Moments of_batch(int32_t u, int32_t channel) const {
    const Layout& layout = layout_of(u);
    const double count = static_cast<double>(prepared_.batch) * layout.h * layout.w;
    const double mean = moment<1>(u, channel, 0) / count;
    const T rounded = static_cast<T>(mean);
    const double bias = mean - static_cast<double>(rounded);
    return {mean, std::max(moment<2>(u, channel, rounded) / count - bias * bias, 0.0)};
  }

  /// Dual lanes: the batch's statistics with their derivatives, the same in all pairs of all blocks.
  void set_pairs(const Node& node, int32_t u, int32_t channel, Normalisation<T>& norm) const {
    const Layout& layout = layout_of(u);
    const double count = static_cast<double>(prepared_.batch / 2) * layout.h * layout.w;
    const Dual mean = pair_moment<1>(u, channel, L::zero()) / count;
    const typename L::V centre = L::number(mean);
    const Dual bias = mean - first_pair<L>(centre);
    Dual variance = pair_moment<2>(u, channel, centre) / count - bias * bias;
    if (variance < 0) variance = 0;
    const Dual inverse = 1 / sqrt(variance + node.eps);
    const Dual factor = (node.weight >= 0 ? value(node.weight, channel) : 1.0) * inverse;
    if (node.bias >= 0) norm.shift[channel] = prepared_.plain(plan_, node.bias)[channel];
    for (int32_t block = 0; block < prepared_.blocks; ++block) {
      for (int32_t lane = 0; lane < L::width; lane += 2) {
        norm.lanes.set(channel, block, lane, mean.value, factor.value, inverse.value);
        norm.lanes.set(channel, block, lane + 1, mean.derivative, factor.derivative, inverse.derivative);
      }
    }
  }

  /// Dual lanes: as `moment`.
  template <int Power>
  Dual pair_moment(int32_t u, int32_t channel, typename L::V centre) const {
    const Layout& layout = layout_of(u);
    Dual total;
    for (int32_t block = 0; block < prepared_.blocks; ++block) {
      const T* plane = pass_.activation(u, block) + channel * layout.channel() * L::width;
      total += sum_pairs<L>(channel_moment<L, Power>(plane, layout.row(), layout.h, layout.w, centre),
                            prepared_.valid_lanes(block));
    }
    return total;
  }

  /// Statistics of every sample of a block over its pixels.
  void by_sample(const Node& node, int32_t u, int32_t channel, int32_t block, double scale,
                 LaneNorms<T>& lanes) const {
    const Layout& layout = layout_of(u);
    const T* plane = pass_.activation(u, block) + channel * layout.channel() * L::width;
    const double count = static_cast<double>(layout.h) * layout.w;
    const auto sums = channel_moment<L, 1>(plane, layout.row(), layout.h, layout.w, T{0});
    typename L::V centre{};
    for (int lane = 0; lane < L::width; ++lane) centre[lane] = static_cast<T>(sums[lane] / count);
    const auto squares = channel_moment<L, 2>(plane, layout.row(), layout.h, layout.w, centre);
    for (int lane = 0; lane < L::width; ++lane) {
      const double mean = sums[lane] / count, bias = mean - static_cast<double>(centre[lane]);
      const double variance = std::max(squares[lane] / count - bias * bias, 0.0);
      const double inverse = 1.0 / std::sqrt(variance + node.eps);
      lanes.set(channel, block, lane, mean, scale * inverse, inverse);
    }
  }

  /// Sum over the valid lanes of all blocks of (x - centre)^Power for one channel.
  template <int Power>
  double moment(int32_t u, int32_t channel, T centre) const {
    const Layout& layout = layout_of(u);
    const auto sum_lanes = [](const typename L::D& lanes, int32_t valid) {
      double sum = 0;
      for (int32_t lane = 0; lane < valid; ++lane) sum += lanes[lane];
      return sum;
    };
    const auto plane = [&](int32_t block) {
      return pass_.activation(u, block) + channel * layout.channel() * L::width;
    };
    const int32_t last = prepared_.blocks - 1;
    double total = 0;
    if (is_compact(layout)) {
      total = sum_lanes(channel_moment<L, Power>(plane(0), layout.size(), last, layout.h * layout.w, centre),
                        L::width);
    }
    for (int32_t block = is_compact(layout) ? last : 0; block <= last; ++block) {
      total += sum_lanes(channel_moment<L, Power>(plane(block), layout.row(), layout.h, layout.w, centre),
                         prepared_.valid_lanes(block));
    }
    return total;
  }

  const Plan& plan_;
  const PreparedRepeat<L>& prepared_;
  const Pass& pass_;
};

}  // namespace tenas::engine::TENAS_ISA
