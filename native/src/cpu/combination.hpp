// Weighted sums of tensors on a forward pass: batch norms, mixes, ReLUs.
#pragma once

#include <span>
#include <type_traits>
#include <vector>

#include "cpu/lane_factors.hpp"
#include "cpu/normalisation.hpp"
#include "kernels/combine.hpp"
#include "plan/schedule.hpp"

namespace tenas::engine::TENAS_ISA {

/// One summand of a node: a stored tensor, or a batch norm applied to its stored input.
template <class T>
struct Summand {
  int32_t source = -1;
  double scale = 1;
  const Normalisation<T>* norm = nullptr;
  int32_t drop_path = -1;  // index of its factors by sample; -1: none
};

/// Where a sum goes: pixel (0, 0) of channel 0 of block 0; null: nowhere.
template <class T>
struct Sink {
  T* p = nullptr;
  Layout layout;
};

/// Adds up on one forward pass, which gives access to the activations.
template <class L, class Pass>
class Combination {
 public:
  using T = typename L::T;
  using V = typename L::V;
  using Summands = std::vector<Summand<T>>;

  Combination(const Plan& plan, const PreparedRepeat<L>& prepared, const Pass& pass, Statistics statistics,
              const LaneFactors<L>* factors)
      : plan_(plan), prepared_(prepared), pass_(pass), statistics_(statistics), factors_(factors) {}

  Summand<T> summand(int32_t u, double scale, int32_t drop_path = -1) const {
    const Node& node = plan_.graph.nodes[u];
    if (node.op == Op::kBatchNorm && !plan_.nodes[u].stored) {
      return {canonical(node.inputs[0]), scale, &pass_.normalisation(u), drop_path};
    }
    return {u, scale, nullptr, drop_path};
  }
  /// The summands of a batch norm or mix.
  Summands summands_of(int32_t v, std::span<const double> coefficients, const Schedule& schedule) const {
    const Node& node = plan_.graph.nodes[v];
    if (node.op == Op::kBatchNorm) return {{canonical(node.inputs[0]), 1, &pass_.normalisation(v)}};
    Summands summands;
    for (size_t k = 0; k < node.inputs.size(); ++k) {
      const double scale = mix_coefficient(node, k, coefficients);
      const int32_t path = schedule.drop_path.empty() ? -1 : schedule.drop_path[node.inputs[k]];
      if (scale != 0) summands.push_back(summand(canonical(node.inputs[k]), scale, path));
    }
    return summands;
  }

  void sum_up(const Shape& shape, const Summands& summands, const Sink<T>& plain,
              const Sink<T>& rectified) const {
    bool by_sample = statistics_ == Statistics::kPerSample;
    for (const Summand<T>& s : summands) {
      by_sample = by_sample || s.drop_path >= 0 || (kDual<L> && s.norm != nullptr);
    }
    if (by_sample) {
      sum_up_as<V>(shape, summands, plain, rectified);
    } else {
      sum_up_as<T>(shape, summands, plain, rectified);
    }
  }

 private:
  int32_t canonical(int32_t node) const { return plan_.nodes[node].canonical; }

  /// Factor and mean of a summand: one for all samples (T), or one per sample of the block (V). Adds the
  /// shift of a batch norm with drop path to `dropped`; that of any other is the same for all samples.
  template <class Factor>
  void weigh(CombineTerm<T, Factor>& term, Factor& dropped, const Summand<T>& s, int32_t channel,
             int32_t block) const {
    if constexpr (std::is_same_v<Factor, T>) {
      term.factor = static_cast<T>(s.norm ? s.scale * static_cast<double>(s.norm->factor[channel]) : s.scale);
      term.mean = s.norm ? s.norm->mean[channel] : T{0};
    } else {
      Factor scale = number<L>(static_cast<T>(s.scale));
      if (s.drop_path >= 0) scale *= L::load(factors_->path(s.drop_path, block));
      const bool own = s.norm && (kDual<L> || statistics_ == Statistics::kPerSample);
      term.factor = scale;
      term.mean = L::zero();
      if (own) {
        term.factor = times<L>(scale, L::load(s.norm->lanes.factor(channel, block)));
        term.mean = L::load(s.norm->lanes.mean(channel, block));
      } else if (s.norm) {
        term.factor *= L::set(s.norm->factor[channel]);
        term.mean = L::set(s.norm->mean[channel]);
      }
      if (s.norm && s.drop_path >= 0) dropped += scale * L::set(s.norm->shift[channel]);
    }
  }

  template <class Factor>
  static Factor spread_constant(double constant) {
    if constexpr (std::is_same_v<Factor, T>) {
      return static_cast<T>(constant);
    } else {
      return number<L>(static_cast<T>(constant));
    }
  }

  template <class Factor>
  void sum_up_as(const Shape& shape, const Summands& summands, const Sink<T>& plain,
                 const Sink<T>& rectified) const {
    constexpr bool kByBlock = !std::is_same_v<Factor, T>;
    bool compact = !kByBlock;
    for (const Summand<T>& s : summands) compact = compact && is_compact(plan_.nodes[s.source].layout);
    for (const Sink<T>* sink : {&plain, &rectified}) {
      compact = compact && (sink->p == nullptr || is_compact(sink->layout));
    }
    const auto row = [&](const Layout& layout) { return compact ? layout.size() : layout.row(); };
    std::vector<CombineTerm<T, Factor>> terms(summands.size());
    for (int32_t c = 0; c < shape.c; ++c) {
      double constant = 0;
      for (size_t k = 0; k < summands.size(); ++k) {
        const Summand<T>& s = summands[k];
        Factor none{};
        terms[k].row = row(plan_.nodes[s.source].layout);
        if (!kByBlock) weigh(terms[k], none, s, c, 0);
        if (s.norm && s.drop_path < 0) constant += s.scale * static_cast<double>(s.norm->shift[c]);
      }
      for (int32_t block = 0; block < (compact ? 1 : prepared_.blocks); ++block) {
        Factor base = spread_constant<Factor>(constant);
        for (size_t k = 0; k < summands.size(); ++k) {
          const int32_t source = summands[k].source;
          terms[k].source =
              pass_.activation(source, block) + c * plan_.nodes[source].layout.channel() * L::width;
          if (kByBlock) weigh(terms[k], base, summands[k], c, block);
        }
        const auto plane = [&](const Sink<T>& sink) {
          if (sink.p == nullptr) return sink.p;
          return sink.p + (block * sink.layout.size() + c * sink.layout.channel()) * L::width;
        };
        combine<L>(terms.data(), std::ssize(terms), base, compact ? prepared_.blocks : shape.h,
                   compact ? shape.h * shape.w : shape.w, plane(plain), row(plain.layout), plane(rectified),
                   row(rectified.layout));
      }
    }
  }

  const Plan& plan_;
  const PreparedRepeat<L>& prepared_;
  const Pass& pass_;
  const Statistics statistics_;
  const LaneFactors<L>* const factors_;
};

}  // namespace tenas::engine::TENAS_ISA
