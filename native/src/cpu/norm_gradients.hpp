// Backward pass of batch norm: through the batch's statistics (of which this pass may see only a shard), with
// constant ones, through every sample's own.
#pragma once

#include <vector>

#include "cpu/backward_memory.hpp"
#include "cpu/training_pass.hpp"

namespace tenas::engine::TENAS_ISA {

/// A batch norm at the start of a chain, for one unit.
template <class T>
struct NormGradient {
  int32_t node = -1;
  size_t chain = 0;  // position in the stage
  double scale = 1;  // of the gradient
  View<const T> gradient;
  View<T> out;
  bool wanted = false, accumulate = false;
  int32_t unit = 0;
};

/// Plane of channel c of batch norm `v`, without the gradient of its input.
template <class Mean, class Memory>
BatchNormPlane<typename Memory::T, Mean> norm_plane(const Memory& memory, int32_t v,
                                                    const View<const typename Memory::T>& gradient, int32_t c,
                                                    int32_t unit, const Mean& mean, int32_t stride) {
  const int32_t u = memory.canonical(memory.node(v).inputs[0]);
  const Layout& layout = memory.node_plan(u).layout;
  BatchNormPlane<typename Memory::T, Mean> plane;
  plane.gradient = gradient.p + c * gradient.channel * Memory::W;
  plane.gradient_row = gradient.row;
  plane.input = memory.activation(u, unit) + c * layout.channel() * stride;
  plane.input_row = layout.row();
  plane.rows = layout.h;
  plane.cols = layout.w;
  plane.mean = mean;
  return plane;
}

/// Adds where the input's gradient goes.
template <class Plane, class T>
void aim(Plane& plane, const NormGradient<T>& norm, int32_t c, int width) {
  plane.accumulate = norm.accumulate;
  if (!norm.wanted) return;
  plane.out = norm.out.p + c * norm.out.channel * width;
  plane.out_row = norm.out.row;
}

/// Whether a chain starts with a batch norm.
template <class Memory>
bool starts_with_norm(const Memory& memory, const Chain& chain) {
  return !chain.ops.empty() && memory.node(chain.ops[0]).op == Op::kBatchNorm;
}

/// A sum over all samples, as every lane sees it, and one that each lane has for itself.
inline double in_lane(double sum, int) {
  return sum;
}
template <class D>
double in_lane(const D& sums, int lane) {
  return sums[lane];
}

/// The gradient of the input through the statistics of `samples` samples. `sums`, by channel: over all of
/// them the output gradient, and its product with (input - mean).
template <class L, class A, class Memory, class Sums>
void apply_through(const Memory& memory, const NormGradient<typename L::T>& given, int32_t samples,
                   const Sums* sums) {
  using T = typename L::T;
  if (!given.wanted) return;
  const Node& node = memory.node(given.node);
  const Normalisation<T>& norm = memory.normalisation(given.node);
  const double count = static_cast<double>(samples) * node.shape.h * node.shape.w;
  for (int32_t c = 0; c < node.shape.c; ++c) {
    auto plane = norm_plane<T>(memory, given.node, given.gradient, c, given.unit, norm.mean[c], A::stride);
    aim(plane, given, c, L::width);
    const double slope = static_cast<double>(norm.factor[c]) * given.scale;
    const double inverse = norm.inverse_deviation[c];
    // Idle lanes get nothing: they would reach sums over the samples.
    typename L::V shift{}, tilt{};
    for (int lane = 0; lane < memory.valid_lanes(given.unit); ++lane) {
      shift[lane] = static_cast<T>(-slope / count * in_lane(sums[c].gradient, lane));
      tilt[lane] = static_cast<T>(-slope / count * inverse * inverse * in_lane(sums[c].product, lane));
    }
    batch_norm_apply<L, A>(plane, static_cast<T>(slope), shift, tilt);
  }
}

/// Dual lanes: the same. Every pair of `sums` is the sum over all samples.
template <class L, class A, class Memory, class Sums>
void apply_through_pairs(const Memory& memory, const NormGradient<typename L::T>& given, int32_t samples,
                         const Sums* sums) {
  using V = typename L::V;
  if (!given.wanted) return;
  const Node& node = memory.node(given.node);
  const auto& lanes = memory.normalisation(given.node).lanes;
  const double count = static_cast<double>(samples) * node.shape.h * node.shape.w;
  const auto total = [](const typename L::D& pairs) { return Dual(pairs[0], pairs[1]); };
  for (int32_t c = 0; c < node.shape.c; ++c) {
    const V mean = L::load(lanes.mean(c, given.unit));
    auto plane = norm_plane<V>(memory, given.node, given.gradient, c, given.unit, mean, A::stride);
    aim(plane, given, c, L::width);
    const Dual slope = first_pair<L>(L::load(lanes.factor(c, given.unit))) * given.scale;
    const Dual inverse = first_pair<L>(L::load(lanes.inverse_deviation(c, given.unit)));
    const Dual share = slope / -count;
    const V shift = L::number(share * total(sums[c].gradient));
    const V tilt = L::number(share * inverse * inverse * total(sums[c].product));
    V valid_shift{}, valid_tilt{};
    for (int lane = 0; lane < memory.valid_lanes(given.unit); ++lane) {
      valid_shift[lane] = shift[lane];
      valid_tilt[lane] = tilt[lane];
    }
    batch_norm_apply<L, A>(plane, L::number(slope), valid_shift, valid_tilt);
  }
}

/// Through the batch's statistics: sums over the whole batch come first.
template <class L, class A>
class ThroughBatch {
 public:
  using T = typename L::T;
  using V = typename L::V;

  /// One for all lanes, or a vector of pairs.
  static auto mean(const Normalisation<T>& norm, int32_t c, int32_t unit) {
    if constexpr (kDual<L>) {
      return L::load(norm.lanes.mean(c, unit));
    } else {
      return norm.mean[c];
    }
  }
  static T factor(const Normalisation<T>& norm, int32_t c, int32_t) { return norm.factor[c]; }

  /// Sums of all chains of a stage that start with a batch norm, and the gradients of their scales and
  /// shifts.
  template <class Memory>
  void reduce(Memory& memory, const BackwardStage& stage, const CancelFlag& cancel) {
    size_t channels = 0;
    first_.assign(stage.chains.size(), 0);
    for (size_t k = 0; k < stage.chains.size(); ++k) {
      first_[k] = channels;
      if (starts_with_norm(memory, stage.chains[k])) channels += stage.chains[k].root.c;
    }
    sums_.assign(channels, Sums{});
    for (int32_t unit = 0; unit < memory.units(); ++unit) {
      cancel.check();
      for (size_t k = 0; k < stage.chains.size(); ++k) {
        const Chain& chain = stage.chains[k];
        if (!starts_with_norm(memory, chain)) continue;
        const auto gradient = memory.root_view(stage, chain.channel, unit);
        const int32_t v = chain.ops[0];
        const Normalisation<T>& norm = memory.normalisation(v);
        for (int32_t c = 0; c < chain.root.c; ++c) {
          Sums& sums = sums_[first_[k] + c];
          const auto middle = mean(norm, c, unit);
          batch_norm_sums<L, A>(norm_plane<std::remove_const_t<decltype(middle)>>(memory, v, gradient, c,
                                                                                  unit, middle, A::stride),
                                sums.gradient, sums.product);
        }
      }
    }
    for (size_t k = 0; k < stage.chains.size(); ++k) {
      if (starts_with_norm(memory, stage.chains[k])) keep(memory, stage.chains[k], first_[k]);
    }
  }

  template <class Memory>
  void apply(Memory& memory, const NormGradient<T>& given) {
    const int32_t batch = memory.args().prepared->batch;
    if constexpr (kDual<L>) {
      apply_through_pairs<L, A>(memory, given, batch / 2, sums_.data() + first_[given.chain]);
    } else {
      apply_through<L, A>(memory, given, batch, sums_.data() + first_[given.chain]);
    }
  }

 private:
  /// Keeps what the sums say about scale and shift. Where lanes are samples every lane then holds the sum
  /// over all of them.
  template <class Memory>
  void keep(const Memory& memory, const Chain& chain, size_t first) {
    const int32_t v = chain.ops[0];
    const Normalisation<T>& norm = memory.normalisation(v);
    for (int32_t c = 0; c < chain.root.c; ++c) {
      Sums& sums = sums_[first + c];
      memory.add(memory.node(v).weight, c, 0, sums.product, chain.scale * norm.inverse_deviation[c]);
      memory.add(memory.node(v).bias, c, 0, sums.gradient, chain.scale);
      if constexpr (kDual<L>) {
        spread_pairs(sums.gradient);
        spread_pairs(sums.product);
      } else if constexpr (!Memory::kByDirection) {
        sums.gradient = typename L::D{} + sum_lanes<L>(sums.gradient);
        sums.product = typename L::D{} + sum_lanes<L>(sums.product);
      }
    }
  }

  /// Dual lanes: every pair gets the sum over all.
  static void spread_pairs(typename L::D& sums) {
    const Dual total = sum_pairs<L>(sums);
    for (int lane = 0; lane < L::width; ++lane) sums[lane] = lane % 2 == 0 ? total.value : total.derivative;
  }

  /// Over the batch: the output gradient, and its product with (input - mean). Declared per
  /// instruction set: std::vector<D> would be one symbol with a different alignment in each.
  struct Sums {
    typename L::D gradient{}, product{};
  };

  std::vector<size_t> first_;  // by chain: its first channel's sums
  std::vector<Sums> sums_;
};

/// Through the statistics of a batch of which this pass holds one shard: `measure` gives the shard's sums,
/// which whoever runs the shards adds up and gives back.
template <class L, class A>
class ThroughShards {
 public:
  using T = typename L::T;
  using V = typename L::V;
  using D = typename L::D;

  static T mean(const Normalisation<T>& norm, int32_t c, int32_t) { return norm.mean[c]; }
  static T factor(const Normalisation<T>& norm, int32_t c, int32_t) { return norm.factor[c]; }

  /// The shard's sums, of every channel of all chains of a stage that start with a batch norm.
  template <class Memory>
  std::span<const NormSums> measure(Memory& memory, const BackwardStage& stage) {
    own_.clear();
    first_.assign(stage.chains.size(), 0);
    for (size_t k = 0; k < stage.chains.size(); ++k) {
      const Chain& chain = stage.chains[k];
      first_[k] = own_.size();
      if (!starts_with_norm(memory, chain)) continue;
      const int32_t v = chain.ops[0];
      const Normalisation<T>& norm = memory.normalisation(v);
      for (int32_t c = 0; c < chain.root.c; ++c) {
        D gradient{}, product{};
        for (int32_t unit = 0; unit < memory.units(); ++unit) {
          const auto root = memory.root_view(stage, chain.channel, unit);
          batch_norm_sums<L, A>(norm_plane<T>(memory, v, root, c, unit, mean(norm, c, unit), A::stride),
                                gradient, product);
        }
        own_.push_back({sum_lanes<L>(gradient), sum_lanes<L>(product)});
      }
    }
    return own_;
  }
  /// The sums over all shards, and how many samples these hold.
  void give(std::span<const NormSums> totals, int32_t samples) {
    totals_ = totals;
    samples_ = samples;
  }

  template <class Memory>
  void reduce(Memory&, const BackwardStage&, const CancelFlag&) {}

  template <class Memory>
  void apply(Memory& memory, const NormGradient<T>& given) {
    apply_through<L, A>(memory, given, samples_, totals_.data() + first_[given.chain]);
  }

 private:
  std::vector<size_t> first_;  // by chain: its first channel's sums
  std::vector<NormSums> own_;
  std::span<const NormSums> totals_;
  int32_t samples_ = 0;
};

/// Constant statistics: one pass, unit by unit.
template <class L, class A>
class ConstantNorms {
 public:
  using T = typename L::T;

  static T mean(const Normalisation<T>& norm, int32_t c, int32_t) { return norm.mean[c]; }
  static T factor(const Normalisation<T>& norm, int32_t c, int32_t) { return norm.factor[c]; }

  template <class Memory>
  void reduce(Memory&, const BackwardStage&, const CancelFlag&) {}

  template <class Memory>
  void apply(Memory& memory, const NormGradient<T>& given) {
    const Node& node = memory.node(given.node);
    const Normalisation<T>& norm = memory.normalisation(given.node);
    for (int32_t c = 0; c < node.shape.c; ++c) {
      auto plane = norm_plane<T>(memory, given.node, given.gradient, c, given.unit, mean(norm, c, given.unit),
                                 A::stride);
      aim(plane, given, c, L::width);
      const double slope = static_cast<double>(norm.factor[c]) * given.scale;
      if (memory.is_target(node.bias)) {
        const typename L::D sum =
            channel_moment<L, 1>(plane.gradient, plane.gradient_row, plane.rows, plane.cols, T{0});
        memory.add(node.bias, c, given.unit, sum, given.scale);
      }
      const typename L::D product = batch_norm_constant<L, A>(plane, static_cast<T>(slope));
      memory.add(node.weight, c, given.unit, product, given.scale * norm.inverse_deviation[c]);
    }
  }
};

/// Through every sample's own statistics: sums stay in their lane.
template <class L, class A>
class ThroughSample {
 public:
  using T = typename L::T;
  using V = typename L::V;
  using D = typename L::D;

  static V mean(const Normalisation<T>& norm, int32_t c, int32_t unit) {
    return L::load(norm.lanes.mean(c, unit));
  }
  static V factor(const Normalisation<T>& norm, int32_t c, int32_t unit) {
    return L::load(norm.lanes.factor(c, unit));
  }

  template <class Memory>
  void reduce(Memory&, const BackwardStage&, const CancelFlag&) {}

  template <class Memory>
  void apply(Memory& memory, const NormGradient<T>& given) {
    const Node& node = memory.node(given.node);
    const Normalisation<T>& norm = memory.normalisation(given.node);
    const double count = static_cast<double>(node.shape.h) * node.shape.w;
    for (int32_t c = 0; c < node.shape.c; ++c) {
      auto plane = norm_plane<V>(memory, given.node, given.gradient, c, given.unit, mean(norm, c, given.unit),
                                 A::stride);
      aim(plane, given, c, L::width);
      D sum{}, product{};
      batch_norm_sums<L, A>(plane, sum, product);
      const D inverse = L::widen(L::load(norm.lanes.inverse_deviation(c, given.unit)));
      memory.add(node.weight, c, given.unit, product * inverse, given.scale);
      memory.add(node.bias, c, given.unit, sum, given.scale);
      if (!given.wanted) continue;
      const V slope = factor(norm, c, given.unit) * L::set(static_cast<T>(given.scale));
      const D share = L::widen(slope) * (-1.0 / count);
      V shift, tilt;
      for (int lane = 0; lane < L::width; ++lane) {
        shift[lane] = static_cast<T>(share[lane] * sum[lane]);
        tilt[lane] = static_cast<T>(share[lane] * inverse[lane] * inverse[lane] * product[lane]);
      }
      batch_norm_apply<L, A>(plane, slope, shift, tilt);
    }
  }
};

}  // namespace tenas::engine::TENAS_ISA
