// Gradients of every kind with random losses, and how far two answers to them are apart.
#pragma once

#include <algorithm>
#include <vector>

#include "support/compare.hpp"
#include "tasks/task.hpp"

namespace tenas::test {

inline constexpr GradientStatistics kGradientStatistics[] = {
    GradientStatistics::kConstant, GradientStatistics::kThrough, GradientStatistics::kPerSample,
    GradientStatistics::kNone};

/// Answers leave the engine in single precision where they are large.
inline constexpr double kSingle = 1.2e-7;

inline Loss random_loss(Random& random, const Graph& graph, const Sample& sample) {
  const auto values = random.normals<float>(output_values(graph) * sample.batch * sample.batches);
  switch (random.integer(0, 4)) {
    case 0:
      return CrossEntropy{};
    case 1:
      return CrossEntropy{0.1};
    case 2:
      return MeanSquares{values};
    case 3:
      return OutputSum{};
    default:
      return OutputGradient{values};
  }
}

/// Every kind of gradient at once: the same loss under all statistics, as values and as sums; constant
/// statistics first.
inline std::vector<Task> gradient_tasks(Random& random, const Graph& graph, const Sample& sample) {
  const Loss loss = random_loss(random, graph, sample);
  std::vector<Task> tasks;
  for (const GradientStatistics statistics : kGradientStatistics) {
    GradientTask task{loss, statistics, {true, true, true}, Reduce::kValues, sample.batches};
    tasks.push_back(task);
    task.reduce = Reduce::kSums;
    tasks.push_back(task);
  }
  return tasks;
}

/// Sums without the last of each tensor: where a weight's gradient is the same in all batches, rounding
/// decides what it is.
inline std::vector<double> steady(const std::vector<double>& sums) {
  std::vector<double> kept;
  for (size_t i = 0; i < sums.size(); ++i) {
    if (i % kGradientSums != kGradientSums - 1) kept.push_back(sums[i]);
  }
  return kept;
}

/// Largest of the relative errors of an answer's parts; `single` for those that are of single precision.
struct Errors {
  double exact = 0, single = 0;
};
/// Relative to the size of the gradient with constant statistics: through the statistics most of it may
/// cancel (what scales the input of a batch norm has next to no gradient), and rounding is all that is left.
inline Errors errors(const Answer& found_answer, const Answer& expected_answer,
                     const Answer& constant_answer) {
  const auto& found = std::get<GradientAnswer>(found_answer);
  const auto& expected = std::get<GradientAnswer>(expected_answer);
  const auto& constant = std::get<GradientAnswer>(constant_answer);
  const auto one = [](double value) { return std::vector<double>{value}; };
  Errors made;
  made.exact =
      std::max({relative_error(one(found.loss), one(expected.loss)),
                relative_error(steady(found.sums), steady(expected.sums), largest(steady(constant.sums))),
                relative_error(found.coefficients, expected.coefficients, largest(constant.coefficients))});
  made.single = std::max({relative_error(found.logits, expected.logits),
                          relative_error(found.parameters, expected.parameters, largest(constant.parameters)),
                          relative_error(found.input, expected.input, largest(constant.input))});
  return made;
}

}  // namespace tenas::test
