// The task `features` on the fast engine.
#pragma once

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
    const int64_t channels = std::ssize(wanted);
    const double count = static_cast<double>(scope_.repeat.batch) * layout.h * layout.w;
    NodeFeatures found;
    std::vector<T> centre;
    for (const int32_t c : wanted) {
      const double sum = over_batch([&](int32_t block) {
        return channel_moment<L, 1>(tensor.plane(c, block), layout.row(), layout.h, layout.w, T{0});
      });
      found.mean.push_back(sum / count);
      centre.push_back(static_cast<T>(sum / count));
    }
    found.covariance.resize(channels * channels);
    for (int64_t c = 0; c < channels; ++c) {
      for (int64_t d = c; d < channels; ++d) {
        const double product = over_batch([&](int32_t block) {
          return centred_product<L>(tensor.plane(wanted[c], block), tensor.plane(wanted[d], block),
                                    layout.row(), layout.h, layout.w, centre[c], centre[d]);
        });
        const double bias = (found.mean[c] - static_cast<double>(centre[c])) *
                            (found.mean[d] - static_cast<double>(centre[d]));
        found.covariance[c * channels + d] = found.covariance[d * channels + c] = product / count - bias;
      }
    }
    return found;
  }

  /// Sum over the samples of the vectors that `of_block` gives.
  template <class OfBlock>
  double over_batch(const OfBlock& of_block) const {
    double sum = 0;
    for (int32_t block = 0; block < scope_.repeat.blocks; ++block) {
      const typename L::D lanes = of_block(block);
      for (int32_t lane = 0; lane < scope_.repeat.valid_lanes(block); ++lane) sum += lanes[lane];
    }
    return sum;
  }

  const EvaluationScope<L>& scope_;
  const FeaturesTask& task_;
  const std::vector<bool> executed_;
  Buffer<T> scratch_;
  FeaturesAnswer answer_;
};

}  // namespace tenas::engine::TENAS_ISA
