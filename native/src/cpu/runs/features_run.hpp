// The task `features` on the fast engine.
#pragma once

#include <algorithm>
#include <numeric>

#include "cpu/node_tensor.hpp"
#include "kernels/covariance.hpp"

namespace tenas::engine::TENAS_ISA {

/// Takes mean and covariance of a node as soon as it has run.
template <class L>
class FeaturesRun final : public TaskRun<L> {
 public:
  using T = typename L::T;

  FeaturesRun(const EvaluationScope<L>& scope, const FeaturesTask& task)
      : scope_(scope), task_(task), executed_(executed_nodes(scope.plan.graph, scope.coefficients)) {
    answer_.nodes.resize(task.nodes.size());
  }

  void ran(int32_t node) override {
    for (size_t k = 0; k < task_.nodes.size(); ++k) {
      const int32_t wanted = task_.nodes[k];
      if (executed_[wanted] && scope_.plan.nodes[wanted].canonical == node) {
        answer_.nodes[k] = features_of(node, channels_of(k));
      }
    }
  }
  void passed(int32_t) override {}
  Answer answer() override { return std::move(answer_); }

 private:
  /// Those that count of a node of the task.
  std::vector<int32_t> channels_of(size_t place) const {
    if (!task_.channels.empty()) return task_.channels[place];
    std::vector<int32_t> all(scope_.plan.graph.nodes[task_.nodes[place]].shape.c);
    std::iota(all.begin(), all.end(), 0);
    return all;
  }

  NodeFeatures features_of(int32_t node, const std::vector<int32_t>& wanted) {
    const NodeTensor<L> tensor = node_tensor(scope_, node, scratch_);
    const Layout& layout = tensor.layout;
    const int64_t channels = std::ssize(wanted), padded = whole_tiles(channels);
    const double count = static_cast<double>(scope_.repeat.batch) * layout.h * layout.w;
    NodeFeatures found;
    std::vector<T> centre;
    for (const int32_t c : wanted) {
      found.mean.push_back(sum_of(tensor, c) / count);
      centre.push_back(static_cast<T>(found.mean.back()));
    }
    products_.assign(padded * padded, 0.0);
    for (int32_t block = 0; block < scope_.repeat.blocks; ++block) {
      const Rows rows = take_rows(tensor, block, wanted, centre);
      const auto row = [&](int64_t c) { return rows_.data() + c * rows.stride * L::width; };
      for (int64_t c = 0; c < padded; c += kTile) {
        for (int64_t d = c; d < padded; d += kTile) {
          add_row_products<L>(row(c), row(d), rows.vectors, rows.stride, products_.data() + c * padded + d,
                              padded);
        }
      }
    }
    const auto offset = [&](int64_t c) { return found.mean[c] - static_cast<double>(centre[c]); };
    found.covariance.resize(channels * channels);
    for (int64_t c = 0; c < channels; ++c) {
      for (int64_t d = c; d < channels; ++d) {
        const double value = products_[c * padded + d] / count - offset(c) * offset(d);
        found.covariance[c * channels + d] = found.covariance[d * channels + c] = value;
      }
    }
    return found;
  }

  /// Sum of a channel's values over the samples.
  double sum_of(const NodeTensor<L>& tensor, int32_t channel) const {
    const Layout& layout = tensor.layout;
    double sum = 0;
    for (int32_t block = 0; block < scope_.repeat.blocks; ++block) {
      const typename L::D lanes =
          channel_moment<L, 1>(tensor.plane(channel, block), layout.row(), layout.h, layout.w, T{0});
      for (int32_t lane = 0; lane < scope_.repeat.valid_lanes(block); ++lane) sum += lanes[lane];
    }
    return sum;
  }

  /// What `rows_` holds: a row of so many vectors per channel, so many vectors apart.
  struct Rows {
    int64_t vectors, stride;
  };

  /// Takes a block's channels less their centres, side by side without halos and without empty lanes: pixels
  /// of a single sample fill whole vectors. Zeros fill up the last vectors and the last tile of rows.
  Rows take_rows(const NodeTensor<L>& tensor, int32_t block, const std::vector<int32_t>& wanted,
                 const std::vector<T>& centre) {
    const Layout& layout = tensor.layout;
    const int32_t samples = scope_.repeat.valid_lanes(block);
    const int64_t vectors = (int64_t{layout.h} * layout.w * samples + L::width - 1) / L::width;
    const int64_t stride = vectors | 1;  // rows a power of two apart would share the sets of a cache
    const int64_t channels = std::ssize(wanted), padded = whole_tiles(channels);
    rows_.reserve(padded * stride * L::width);
    for (int64_t k = 0; k < channels; ++k) {
      const T* const plane = tensor.plane(wanted[k], block);
      T* const row = rows_.data() + k * stride * L::width;
      T* to = row;
      for (int32_t y = 0; y < layout.h; ++y) {
        const T* const from = plane + y * layout.row() * L::width;
        for (int32_t x = 0; x < layout.w; ++x, to += samples) {
          if (samples == L::width) {
            L::store(to, L::load(from + x * L::width) - L::set(centre[k]));
          } else {
            for (int32_t lane = 0; lane < samples; ++lane) to[lane] = from[x * L::width + lane] - centre[k];
          }
        }
      }
      std::fill(to, row + vectors * L::width, T{0});
    }
    std::fill(rows_.data() + channels * stride * L::width, rows_.data() + padded * stride * L::width, T{0});
    return {vectors, stride};
  }

  static constexpr int64_t kTile = kCovarianceTile<L>;
  static int64_t whole_tiles(int64_t channels) { return (channels + kTile - 1) / kTile * kTile; }

  const EvaluationScope<L>& scope_;
  const FeaturesTask& task_;
  const std::vector<bool> executed_;
  Buffer<T> scratch_, rows_;
  std::vector<double> products_;  // upper tiles of [channel][channel]
  FeaturesAnswer answer_;
};

}  // namespace tenas::engine::TENAS_ISA
