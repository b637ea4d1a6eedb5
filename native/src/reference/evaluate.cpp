// Tasks on the reference engine: each has its own passes, nothing is shared.
#include <algorithm>

#include "base/linear_algebra.hpp"
#include "reference/readouts.hpp"
#include "reference/statistics.hpp"
#include "reference/window.hpp"
#include "tasks/gradient_sums.hpp"
#include "tasks/loss.hpp"

namespace tenas::reference {
namespace {

std::span<const double> first_batch(const Problem& problem) {
  const Shape& shape = problem.graph.nodes[problem.graph.input].shape;
  return problem.inputs.first(problem.batch * shape.size());
}

std::vector<float> to_single(const std::vector<double>& values) {
  return {values.begin(), values.end()};
}

Answer answer(const Problem& problem, const ForwardTask& task) {
  Activations activations = forward(problem.graph, problem.coefficients, problem.weights,
                                    first_batch(problem), problem.batch, task.statistics);
  return ForwardAnswer{to_single(activations.node[problem.graph.output]),
                       statistics_of<float>(problem.graph, activations)};
}

Answer answer(const Problem& problem, const NtkTask& task) {
  std::vector<double> logits;
  NtkAnswer found;
  found.kernel = ntk(problem.graph, problem.coefficients, problem.weights, first_batch(problem),
                     problem.batch, task.mode, &logits);
  found.eigenvalues = symmetric_eigenvalues(found.kernel, problem.batch);
  found.logits = to_single(logits);
  return found;
}

Answer answer(const Problem& problem, const RegionsTask& task) {
  const size_t values = first_batch(problem).size() * task.batches;
  RegionsAnswer found = regions(problem.graph, problem.coefficients, problem.weights,
                                problem.inputs.first(values), task.batches, problem.batch);
  if (!task.popcounts) found.popcounts.clear();
  return found;
}

Answer answer(const Problem& problem, const CodesTask&) {
  const Graph& graph = problem.graph;
  const Activations activations = forward(graph, problem.coefficients, problem.weights, first_batch(problem),
                                          problem.batch, Statistics::kBatch);
  const int64_t n = problem.batch;
  CodesAnswer found;
  found.kernel.assign(n * n, 0.0);
  for (size_t v = 0; v < graph.nodes.size(); ++v) {
    if (!has_neurons(graph.nodes[v]) || activations.node[v].empty()) continue;
    const std::vector<double>& input = activations.node[graph.nodes[v].inputs[0]];
    const int64_t size = graph.nodes[v].shape.size();
    found.neurons += size;
    for (int64_t i = 0; i < n; ++i) {
      for (int64_t j = 0; j < n; ++j) {
        for (int64_t k = 0; k < size; ++k) {
          if ((input[i * size + k] > 0) == (input[j * size + k] > 0)) found.kernel[i * n + j] += 1;
        }
      }
    }
  }
  found.log_determinant = log_abs_determinant(found.kernel, n);
  return found;
}

NodeFeatures features_of(const Shape& s, const std::vector<double>& values, int32_t batch) {
  const double count = static_cast<double>(batch) * s.h * s.w;
  const int64_t channels = s.c;
  NodeFeatures found{std::vector<double>(channels), std::vector<double>(channels * channels)};
  each_element(batch, s, [&](int32_t n, int32_t c, int32_t y, int32_t x) {
    found.mean[c] += values[index(s, n, c, y, x)] / count;
  });
  each_element(batch, s, [&](int32_t n, int32_t c, int32_t y, int32_t x) {
    const double own = values[index(s, n, c, y, x)] - found.mean[c];
    for (int32_t d = 0; d < s.c; ++d) {
      const double other = values[index(s, n, d, y, x)] - found.mean[d];
      found.covariance[c * channels + d] += own * other / count;
    }
  });
  return found;
}

NodeFeatures of_channels(const NodeFeatures& all, const std::vector<int32_t>& wanted) {
  NodeFeatures found;
  for (const int32_t c : wanted) {
    found.mean.push_back(all.mean[c]);
    for (const int32_t d : wanted) found.covariance.push_back(all.covariance[c * all.mean.size() + d]);
  }
  return found;
}

Answer answer(const Problem& problem, const FeaturesTask& task) {
  const Activations activations = forward(problem.graph, problem.coefficients, problem.weights,
                                          first_batch(problem), problem.batch, Statistics::kBatch);
  const std::vector<bool> executed = executed_nodes(problem.graph, problem.coefficients);
  FeaturesAnswer found;
  for (size_t k = 0; k < task.nodes.size(); ++k) {
    const int32_t id = task.nodes[k];
    NodeFeatures& own = found.nodes.emplace_back();
    if (!executed[id]) continue;
    own = features_of(problem.graph.nodes[id].shape, activations.node[id], problem.batch);
    if (!task.channels.empty()) own = of_channels(own, task.channels[k]);
  }
  return found;
}

Answer answer(const Problem& problem, const GradientTask& task) {
  const Graph& graph = problem.graph;
  const size_t inputs = first_batch(problem).size(), batch = problem.batch;
  std::vector<double> parameters, coefficients(graph.slots, 0.0);
  GradientAnswer found;
  for (int32_t which = 0; which < task.batches; ++which) {
    const Activations activations =
        forward(graph, problem.coefficients, problem.weights, problem.inputs.subspan(which * inputs, inputs),
                problem.batch, forward_statistics(task));
    const std::vector<double>& logits = activations.node[graph.output];
    const auto labels =
        problem.labels.empty() ? problem.labels : problem.labels.subspan(which * batch, batch);
    const LossValue value = evaluate_loss(task.loss, which, logits, labels, problem.batch);
    found.loss += value.loss / task.batches;
    found.correct += value.correct;
    found.logits.insert(found.logits.end(), logits.begin(), logits.end());
    Gradients gradients = backward(graph, problem.coefficients, problem.weights, activations, value.gradient,
                                   problem.batch, task.statistics);
    gradients.input.resize(inputs);
    parameters.insert(parameters.end(), gradients.parameters.begin(), gradients.parameters.end());
    for (size_t k = 0; k < coefficients.size(); ++k) {
      coefficients[k] += gradients.coefficients[k] / task.batches;
    }
    if (task.of.input) found.input.insert(found.input.end(), gradients.input.begin(), gradients.input.end());
  }
  if (task.of.coefficients) found.coefficients = std::move(coefficients);
  if (task.of.parameters && task.reduce == Reduce::kSums) {
    found.sums = gradient_sums(graph, parameters, task.batches, [&](size_t i) { return problem.weights[i]; });
  } else if (task.of.parameters && task.reduce == Reduce::kSigns) {
    found.signs = gradient_signs(parameters, graph.param_values);
  } else if (task.of.parameters) {
    found.parameters = to_single(parameters);
  }
  return found;
}

}  // namespace

std::vector<Answer> evaluate(const Problem& problem, std::span<const Task> tasks) {
  std::vector<Answer> answers;
  for (const Task& task : tasks) {
    answers.push_back(std::visit([&](const auto& one) { return Answer(answer(problem, one)); }, task));
  }
  return answers;
}

}  // namespace tenas::reference
