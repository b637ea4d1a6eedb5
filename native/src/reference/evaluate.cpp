// Tasks on the reference engine: each has its own passes, nothing is shared.
#include <algorithm>

#include "base/linear_algebra.hpp"
#include "reference/reference.hpp"

namespace tenas::reference {
namespace {

std::span<const double> first_batch(const Problem& problem) {
  const Shape& shape = problem.graph.nodes[static_cast<size_t>(problem.graph.input)].shape;
  return problem.inputs.first(static_cast<size_t>(problem.batch * shape.size()));
}

std::vector<float> to_single(const std::vector<double>& values) {
  return {values.begin(), values.end()};
}

/// Mean and variance of every batch norm, laid out as ForwardAnswer has them.
std::vector<float> statistics_of(const Graph& graph, const Activations& activations) {
  std::vector<float> values;
  for (size_t v = 0; v < graph.nodes.size(); ++v) {
    const Node& node = graph.nodes[v];
    if (node.op != Op::kBatchNorm) continue;
    const bool ran = !activations.mean[v].empty();
    for (int32_t c = 0; c < node.shape.c; ++c) {
      values.push_back(ran ? static_cast<float>(activations.mean[v][static_cast<size_t>(c)]) : 0.0f);
    }
    for (int32_t c = 0; c < node.shape.c; ++c) {
      const double inverse = ran ? activations.inv_std[v][static_cast<size_t>(c)] : 1.0;
      values.push_back(static_cast<float>(ran ? std::max(1.0 / (inverse * inverse) - node.eps, 0.0) : 1.0));
    }
  }
  return values;
}

Answer answer(const Problem& problem, const ForwardTask& task) {
  Activations activations = forward(problem.graph, problem.coefficients, problem.weights,
                                    first_batch(problem), problem.batch, task.statistics);
  return ForwardAnswer{to_single(activations.node[static_cast<size_t>(problem.graph.output)]),
                       statistics_of(problem.graph, activations)};
}

Answer answer(const Problem& problem, const NtkTask& task) {
  std::vector<double> logits;
  NtkAnswer found;
  found.kernel = ntk(problem.graph, problem.coefficients, problem.weights, first_batch(problem),
                     problem.batch, task.mode, &logits);
  found.eigenvalues = symmetric_eigenvalues(found.kernel, static_cast<size_t>(problem.batch));
  found.logits = to_single(logits);
  return found;
}

Answer answer(const Problem& problem, const RegionsTask& task) {
  const size_t values = first_batch(problem).size() * static_cast<size_t>(task.batches);
  RegionsAnswer found = regions(problem.graph, problem.coefficients, problem.weights,
                                problem.inputs.first(values), task.batches, problem.batch);
  if (!task.popcounts) found.popcounts.clear();
  return found;
}

}  // namespace

std::vector<Answer> evaluate(const Problem& problem, std::span<const Task> tasks) {
  std::vector<Answer> answers;
  for (const Task& task : tasks) {
    answers.push_back(std::visit([&](const auto& one) { return answer(problem, one); }, task));
  }
  return answers;
}

}  // namespace tenas::reference
