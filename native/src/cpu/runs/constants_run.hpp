// The task `constants` on the fast engine.
#pragma once

#include "cpu/constant_network.hpp"
#include "cpu/task_run.hpp"

namespace tenas::engine::TENAS_ISA {

/// Has passes of its own, which need neither the weights nor the lanes of the others.
template <class L>
class ConstantsRun final : public TaskRun<L> {
 public:
  ConstantsRun(const EvaluationScope<L>& scope, const ConstantsTask& task) : scope_(scope), task_(task) {}

  void passed(int32_t) override {}

  Answer answer() override {
    const std::vector<double> input = samples_innermost();
    ConstantNetwork network(scope_.plan.graph, scope_.coefficients, scope_.repeat.batch, scope_.cancel);
    ConstantsAnswer found;
    for (const double weight : task_.weights) {
      const ScaledTensor output = network.run(weight, input);
      found.outputs.insert(found.outputs.end(), output.values.begin(), output.values.end());
      found.exponents.push_back(output.exponent);
    }
    return found;
  }

 private:
  /// The first batch as [C][H][W][N].
  std::vector<double> samples_innermost() const {
    const Layout& layout = scope_.plan.nodes[scope_.plan.graph.input].layout;
    const int64_t batch = scope_.repeat.batch;
    std::vector<double> values(int64_t{layout.c} * layout.h * layout.w * batch);
    for (int64_t n = 0; n < batch; ++n) {
      const typename L::T* from = scope_.repeat.input(scope_.plan, 0, static_cast<int32_t>(n / L::width)) +
                                  layout.origin() * L::width + n % L::width;
      double* to = values.data() + n;
      for (int32_t c = 0; c < layout.c; ++c) {
        for (int32_t y = 0; y < layout.h; ++y) {
          for (int32_t x = 0; x < layout.w; ++x, to += batch) {
            *to = from[(c * layout.channel() + y * layout.row() + x) * L::width];
          }
        }
      }
    }
    return values;
  }

  const EvaluationScope<L>& scope_;
  const ConstantsTask& task_;
};

}  // namespace tenas::engine::TENAS_ISA
