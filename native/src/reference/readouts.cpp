// The tasks that look inside a network, on the reference engine.
#include "reference/readouts.hpp"

#include <cmath>
#include <set>

#include "reference/statistics.hpp"
#include "reference/window.hpp"
#include "tasks/loss.hpp"

namespace tenas::reference {
namespace {

std::span<const double> batch_of(const Problem& problem, int64_t which) {
  const int64_t values = problem.batch * problem.graph.nodes[problem.graph.input].shape.size();
  return problem.inputs.subspan(which * values, values);
}

Activations activations_of(const Problem& problem, int64_t which, Statistics statistics) {
  return forward(problem.graph, problem.coefficients, problem.weights, batch_of(problem, which),
                 problem.batch, statistics);
}

/// A gradient [N][C][H][W] as [N][channels, folded][pixels of `to`].
std::vector<double> folded(const std::vector<double>& gradient, const Shape& from, const Shape& to,
                           int32_t batch) {
  const Fold fold = fold_of(from, to);
  const Shape made{from.c * fold.rows * fold.cols, to.h, to.w};
  std::vector<double> values(batch * made.size(), 0.0);
  each_element(batch, from, [&](int32_t n, int32_t c, int32_t y, int32_t x) {
    const int32_t channel = (c * fold.rows + y % fold.rows) * fold.cols + x % fold.cols;
    values[index(made, n, channel, y / fold.rows, x / fold.cols)] = gradient[index(from, n, c, y, x)];
  });
  return values;
}

/// Pearson's correlations between rows [n][size]; NaN for a row whose values are all the same.
std::vector<double> row_correlations(const std::vector<double>& values, int64_t n) {
  const int64_t size = std::ssize(values) / n;
  const auto row = [&](int64_t i) { return values.begin() + i * size; };
  const auto product = [&](int64_t i, int64_t j, const std::vector<double>& mean) {
    double sum = 0;
    for (int64_t k = 0; k < size; ++k) sum += (row(i)[k] - mean[i]) * (row(j)[k] - mean[j]);
    return sum;
  };
  std::vector<double> mean(n, 0.0), none(n, 0.0);
  for (int64_t i = 0; i < n; ++i) {
    for (int64_t k = 0; k < size; ++k) mean[i] += row(i)[k] / static_cast<double>(size);
  }
  std::vector<double> found(n * n);
  for (int64_t i = 0; i < n; ++i) {
    for (int64_t j = 0; j < n; ++j) {
      const double left = product(i, i, mean), right = product(j, j, mean);
      const bool constant = is_constant(product(i, i, none), left) || is_constant(product(j, j, none), right);
      found[i * n + j] = constant ? NAN : product(i, j, mean) / std::sqrt(left * right);
    }
  }
  return found;
}

}  // namespace

ChangeAnswer answer(const Problem& problem, const ChangeTask& task) {
  const Activations before = activations_of(problem, 0, Statistics::kBatch);
  const Activations after = activations_of(problem, 1, Statistics::kBatch);
  ChangeAnswer found;
  for (const Activations* each : {&before, &after}) {
    const std::vector<double> own = statistics_of<double>(problem.graph, *each);
    found.statistics.insert(found.statistics.end(), own.begin(), own.end());
  }
  const std::vector<double>&one = before.node[task.node], &other = after.node[task.node];
  if (!executed_nodes(problem.graph, problem.coefficients)[task.node]) return found;
  found.absolute.assign(problem.batch, 0.0);
  found.squares.assign(problem.batch, 0.0);
  for (size_t i = 0; i < one.size(); ++i) {
    const size_t sample = i / (one.size() / problem.batch);
    found.absolute[sample] += std::abs(other[i] - one[i]);
    found.squares[sample] += (other[i] - one[i]) * (other[i] - one[i]);
  }
  return found;
}

BlocksAnswer answer(const Problem& problem, const BlocksTask& task) {
  const Graph& graph = problem.graph;
  const Activations activations = activations_of(problem, 0, Statistics::kBatch);
  const std::vector<bool> executed = executed_nodes(graph, problem.coefficients);
  BlocksAnswer found;
  int64_t offset = 0;
  for (size_t k = 0; k < task.blocks.size(); ++k) {
    const Block& block = task.blocks[k];
    const Shape &from = graph.nodes[block.from].shape, &to = graph.nodes[block.to].shape;
    const std::vector<double> signs = signs_of(task.signs, k, offset, problem.batch * to.size());
    offset += std::ssize(signs);
    BlockAnswer& answer = found.blocks.emplace_back();
    if (!executed[block.to]) continue;
    const std::vector<double> gradient = block_gradient(graph, problem.coefficients, problem.weights,
                                                        activations, block, signs, problem.batch);
    answer.unchanged = from == to && gradient == signs;
    const std::vector<double> rows = folded(gradient, from, to, problem.batch);
    const int64_t channels = std::ssize(rows) / (int64_t{problem.batch} * to.h * to.w);
    const Shape folded_shape{static_cast<int32_t>(channels), to.h, to.w};
    answer.product.assign(channels * to.c, 0.0);
    each_element(problem.batch, to, [&](int32_t n, int32_t c, int32_t y, int32_t x) {
      for (int32_t row = 0; row < channels; ++row) {
        answer.product[int64_t{row} * to.c + c] += rows[index(folded_shape, n, row, y, x)] *
                                                   signs[index(to, n, c, y, x)] /
                                                   (static_cast<double>(problem.batch) * to.h * to.w);
      }
    });
  }
  return found;
}

SaliencyAnswer answer(const Problem& problem, const SaliencyTask& task) {
  const Graph& graph = problem.graph;
  const Activations activations = activations_of(problem, 0, Statistics::kBatch);
  const std::vector<bool> executed = executed_nodes(graph, problem.coefficients);
  const auto labels = problem.labels.empty() ? problem.labels : problem.labels.first(problem.batch);
  const LossValue loss = evaluate_loss(task.loss, 0, activations.node[graph.output], labels, problem.batch);
  const Gradients gradients = backward(graph, problem.coefficients, problem.weights, activations,
                                       loss.gradient, problem.batch, GradientStatistics::kThrough);
  SaliencyAnswer found{loss.loss, {}};
  for (const int32_t id : task.nodes) {
    NodeSaliency& node = found.nodes.emplace_back();
    if (!executed[id]) continue;
    const Shape& s = graph.nodes[id].shape;
    const std::vector<double>& output = activations.node[id];
    std::vector<double> gradient = gradient_of(graph, gradients.node, id);
    gradient.resize(output.size(), 0.0);
    node.products.assign(int64_t{problem.batch} * s.c, 0.0);
    each_element(problem.batch, s, [&](int32_t n, int32_t c, int32_t y, int32_t x) {
      const size_t i = index(s, n, c, y, x);
      node.products[int64_t{n} * s.c + c] += output[i] * gradient[i];
    });
    if (!task.correlations) continue;
    node.outputs = row_correlations(output, problem.batch);
    node.gradients = row_correlations(gradient, problem.batch);
  }
  return found;
}

JacobianAnswer answer(const Problem& problem, const JacobianTask& task) {
  const Graph& graph = problem.graph;
  const int64_t values = graph.nodes[graph.input].shape.size();
  JacobianAnswer found;
  // Running statistics keep the samples apart, so each has passes of its own.
  for (int64_t n = 0; n < problem.batch; ++n) {
    const Activations activations =
        forward(graph, problem.coefficients, problem.weights, problem.inputs.subspan(n * values, values), 1,
                Statistics::kRunning);
    const std::vector<double>& logits = activations.node[graph.output];
    found.logits.insert(found.logits.end(), logits.begin(), logits.end());
    for (size_t i = 0; i < logits.size(); ++i) {
      std::vector<double> one(logits.size(), 0.0);
      one[i] = 1;
      const std::vector<double> gradient = backward(graph, problem.coefficients, problem.weights, activations,
                                                    one, 1, GradientStatistics::kConstant)
                                               .parameters;
      for (const int32_t id : task.parameters) {
        found.jacobian.push_back(gradient[graph.params[id].offset]);
      }
    }
  }
  return found;
}

PatternsAnswer answer(const Problem& problem, const PatternsTask& task) {
  const Activations activations = activations_of(problem, 0, Statistics::kBatch);
  const std::vector<bool> executed = executed_nodes(problem.graph, problem.coefficients);
  std::set<std::vector<bool>> patterns;
  PatternsAnswer found;
  for (const int32_t id : task.nodes) {
    if (!executed[id]) continue;
    const int64_t size = problem.graph.nodes[id].shape.size();
    found.elements += size;
    for (int64_t i = 0; i < size; ++i) {
      std::vector<bool> pattern;
      for (int64_t n = 0; n < problem.batch; ++n) {
        pattern.push_back(activations.node[id][n * size + i] > 0);
      }
      patterns.insert(pattern);
    }
  }
  found.patterns = std::ssize(patterns);
  return found;
}

PixelsAnswer answer(const Problem& problem, const PixelsTask& task) {
  const Activations activations = activations_of(problem, 0, Statistics::kBatch);
  const std::vector<bool> executed = executed_nodes(problem.graph, problem.coefficients);
  PixelsAnswer found;
  for (const PixelRange& range : task.ranges) {
    std::vector<double>& values = found.values.emplace_back();
    if (!executed[range.node]) continue;
    const Shape& s = problem.graph.nodes[range.node].shape;
    for (int64_t i = range.first; i < range.first + range.count; ++i) {
      const PixelPlace place = pixel_place(i, s.h, s.w);
      for (int32_t c = 0; c < s.c; ++c) {
        values.push_back(activations.node[range.node][index(s, place.sample, c, place.row, place.column)]);
      }
    }
  }
  return found;
}

/// In the range of double precision: outputs below it are 0 here.
ConstantsAnswer answer(const Problem& problem, const ConstantsTask& task) {
  const Graph& graph = problem.graph;
  ConstantsAnswer found;
  for (const double weight : task.weights) {
    std::vector<double> weights(graph.param_values, 0.0);
    for (const Param& param : graph.params) {
      const bool is_weight = param.kind == ParamKind::kConvWeight || param.kind == ParamKind::kLinearWeight ||
                             param.kind == ParamKind::kBnWeight;
      if (is_weight) std::fill_n(weights.begin() + param.offset, param.size, weight);
    }
    const Activations activations = forward(graph, problem.coefficients, weights, batch_of(problem, 0),
                                            problem.batch, Statistics::kBatch);
    const std::vector<double>& output = activations.node[graph.output];
    found.outputs.insert(found.outputs.end(), output.begin(), output.end());
    found.exponents.push_back(0);
  }
  return found;
}

}  // namespace tenas::reference
