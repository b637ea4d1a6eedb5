// Runs a network on the fast and on the reference engine.
#pragma once

#include <algorithm>
#include <cmath>
#include <memory>
#include <span>
#include <string_view>
#include <vector>

#include "cpu/engine.hpp"
#include "reference/reference.hpp"
#include "support/random.hpp"

namespace tenas::test {

/// Weights and inputs, the same numbers in both precisions.
struct Sample {
  std::vector<float> weights, inputs;
  int32_t batches = 1, batch = 1;

  Sample(const Graph& graph, Random& random, int32_t batch_, int32_t batches_ = 1)
      : weights(random.weights<float>(graph)),
        inputs(random.normals<float>(graph.nodes[graph.input].shape.size() * batch_ * batches_)),
        batches(batches_),
        batch(batch_) {}
  /// Labels [batches][N] for a network with so many outputs.
  std::vector<int32_t> labels(int64_t outputs) const {
    std::vector<int32_t> made;
    for (int64_t i = 0; i < int64_t{batches} * batch; ++i)
      made.push_back(static_cast<int32_t>(i * 7 % outputs));
    return made;
  }
  std::vector<double> weights64() const { return {weights.begin(), weights.end()}; }
  std::vector<double> inputs64() const { return {inputs.begin(), inputs.end()}; }
};

/// Values of one sample's output.
inline int64_t output_values(const Graph& graph) {
  return graph.nodes[graph.output].shape.size();
}

/// A plan with an engine and workspaces; the graph must outlive it.
class Compiled {
 public:
  Compiled(const Graph& graph, std::string_view isa, engine::Purpose purpose = engine::Purpose::kGradient)
      : plan_(graph, purpose), engine_(engine::make_engine(plan_, isa)) {
    for (auto& workspace : workspaces_) workspace = engine_->make_workspace();
  }

  /// The answer to one task; its work alternates between two workspaces, as on two threads.
  template <class Answer, class Task>
  Answer answer(const Sample& s, std::span<const double> coefficients, const Task& task) {
    return std::get<Answer>(answers(s, coefficients, {task})[0]);
  }
  std::vector<Answer> answers(const Sample& s, std::span<const double> coefficients,
                              const std::vector<Task>& tasks) {
    engine::Workspace* const own[] = {workspaces_[0].get(), workspaces_[1].get()};
    const ParallelFor alternate = [](int64_t count, const std::function<void(int64_t, int32_t)>& fn) {
      for (int64_t i = 0; i < count; ++i) fn(i, static_cast<int32_t>(i % 2));
    };
    const auto labels = s.labels(output_values(plan_.graph));
    const auto prepared = engine_->prepare(s.inputs, labels, s.weights, s.batches, s.batch);
    return engine_->evaluate(own, *prepared, coefficients, tasks, alternate, CancelFlag());
  }
  /// The same of batches of one sample each, side by side.
  std::vector<Answer> single_answers(const Sample& s, std::span<const double> coefficients,
                                     const std::vector<Task>& tasks) {
    const auto labels = s.labels(output_values(plan_.graph));
    const auto prepared = engine_->prepare_singles(s.inputs, labels, s.weights, s.batches);
    return engine_->evaluate_singles(*workspaces_[0], *prepared, coefficients, tasks, CancelFlag());
  }
  std::vector<float> forward(const Sample& s, std::span<const double> coefficients, Statistics statistics) {
    return answer<ForwardAnswer>(s, coefficients, ForwardTask{statistics}).logits;
  }
  NtkAnswer ntk(const Sample& s, std::span<const double> coefficients, NtkMode mode) {
    return answer<NtkAnswer>(s, coefficients, NtkTask{mode});
  }
  RegionsAnswer regions(const Sample& s, std::span<const double> coefficients) {
    return answer<RegionsAnswer>(s, coefficients, RegionsTask{s.batches, true});
  }

 private:
  engine::Plan plan_;
  std::unique_ptr<engine::Engine> engine_;
  std::unique_ptr<engine::Workspace> workspaces_[2];
};

template <class T>
double largest(const std::vector<T>& values) {
  double most = 0;
  for (const T& value : values) most = std::max(most, std::abs(static_cast<double>(value)));
  return most;
}

/// Largest difference, relative to the largest expected value (or `scale`, if that is more); infinite if
/// sizes differ or a value is not a number.
template <class A, class B>
double relative_error(const std::vector<A>& found, const std::vector<B>& expected, double scale = 0) {
  if (found.size() != expected.size()) return INFINITY;
  double worst = 0;
  scale = std::max(scale, largest(expected));
  for (size_t i = 0; i < found.size(); ++i) {
    const double difference = std::abs(static_cast<double>(found[i]) - static_cast<double>(expected[i]));
    if (!(difference <= worst)) worst = std::isnan(difference) ? INFINITY : difference;
  }
  return worst == 0 ? 0 : worst / scale;
}

/// The reference engine's answers to the same sample; with `nudge` to one whose weights and inputs differ by
/// so much, relatively, at random.
inline std::vector<Answer> reference_answers(const Graph& graph, const Sample& s,
                                             std::span<const double> coefficients,
                                             const std::vector<Task>& tasks, double nudge = 0) {
  auto weights = s.weights64(), inputs = s.inputs64();
  Random random(1);
  for (std::vector<double>* values : {&weights, &inputs}) {
    for (double& value : *values) value *= 1 + nudge * random.normal();
  }
  const auto labels = s.labels(output_values(graph));
  return reference::evaluate({graph, coefficients, weights, inputs, labels, s.batch}, tasks);
}

}  // namespace tenas::test
