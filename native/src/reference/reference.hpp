// The plain reference engine: double precision, one backward pass per sample, no fusion. Every fast path is
// tested against it; it is never optimised.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "base/dual.hpp"
#include "graph/graph.hpp"
#include "tasks/task.hpp"
#include "train/training.hpp"

namespace tenas::reference {

/// Activations of every executed node, each [N][C][H][W] (empty for nodes that did not run). `S` is double,
/// or Dual for a pass that is differentiated along a direction.
template <class S>
struct ActivationsOf {
  std::vector<std::vector<S>> node;
  /// Per batch-norm node: [C], or [N][C] under Statistics::kPerSample.
  std::vector<std::vector<S>> mean, inv_std;
};
using Activations = ActivationsOf<double>;

/// Heads that run beside the output, and factors by which the outputs of nodes are multiplied.
struct Added {
  Additions nodes;  // with an empty list where there are no factors
  DropFactors factors;
};

/// Forward pass. `input` is [N][C][H][W], `weights` holds graph.param_values values.
Activations forward(const Graph& graph, std::span<const double> coefficients, std::span<const double> weights,
                    std::span<const double> input, int32_t batch, Statistics statistics,
                    const Added& added = {});

/// The same with derivatives along a direction, through the batch's statistics.
ActivationsOf<Dual> forward(const Graph& graph, std::span<const double> coefficients,
                            std::span<const Dual> weights, std::span<const Dual> input, int32_t batch);

template <class S>
struct GradientsOf {
  std::vector<S> parameters;         // graph.param_values
  std::vector<S> coefficients;       // [slots]; 0 for operations that are off
  std::vector<S> input;              // [N][C][H][W]; empty if the output does not depend on it
  std::vector<std::vector<S>> node;  // by the output of each node; empty likewise
};
using Gradients = GradientsOf<double>;

/// The gradient by the output of a node; by a ReLU's together with those of all that read the same node.
/// Empty if there is none.
std::vector<double> gradient_of(const Graph& graph, const std::vector<std::vector<double>>& gradients,
                                int32_t id);

/// Gradients of `sum(output_gradient * output)`, [outputs][N][output values] of the output and the heads,
/// given a forward pass under the same statistics with the same additions.
Gradients backward(const Graph& graph, std::span<const double> coefficients, std::span<const double> weights,
                   const Activations& activations, std::span<const double> output_gradient, int32_t batch,
                   GradientStatistics statistics, const Added& added = {});

/// The same with derivatives along a direction, through the batch's statistics.
GradientsOf<Dual> backward(const Graph& graph, std::span<const double> coefficients,
                           std::span<const Dual> weights, const ActivationsOf<Dual>& activations,
                           std::span<const Dual> output_gradient, int32_t batch);

/// The gradient of `sum(signs * output of block.to)` by the output of `block.from`, through the batch's
/// statistics; zeros if it does not depend on that.
std::vector<double> block_gradient(const Graph& graph, std::span<const double> coefficients,
                                   std::span<const double> weights, const Activations& activations,
                                   const Block& block, std::span<const double> signs, int32_t batch);

/// The gradient of the loss of `task` by all parameters and its derivative along `direction`, both as the
/// weights: the Hessian times the direction. Through the batch's statistics.
std::vector<Dual> hessian_product(const Graph& graph, std::span<const double> coefficients,
                                  std::span<const double> weights, std::span<const double> direction,
                                  std::span<const double> input, std::span<const int32_t> labels,
                                  const CurvatureTask& task, double* loss = nullptr);

/// Multiplies a node's values (or their gradient) by the factors that it has, if any.
template <class S>
void apply_factors(const Graph& graph, const Added& added, size_t node, int32_t batch,
                   std::vector<S>& values) {
  const float* path = added.factors.path.data();
  for (const int32_t id : added.nodes.drop_path) {
    for (size_t i = 0; id == static_cast<int32_t>(node) && i < values.size(); ++i) {
      values[i] *= path[i / graph.nodes[id].shape.size()];
    }
    path += batch;
  }
  const float* value = added.factors.values.data();
  for (const int32_t id : added.nodes.dropout) {
    for (size_t i = 0; id == static_cast<int32_t>(node) && i < values.size(); ++i) values[i] *= value[i];
    value += batch * graph.nodes[id].shape.size();
  }
}

/// Empirical NTK K = J J^T [N][N]; row i of J is the gradient of the sum of sample i's logits by all NTK
/// parameters.
std::vector<double> ntk(const Graph& graph, std::span<const double> coefficients,
                        std::span<const double> weights, std::span<const double> input, int32_t batch,
                        NtkMode mode, std::vector<double>* logits = nullptr);

/// Linear regions: distinct ReLU sign patterns over all batches (input [batches][N][C][H][W], batch
/// statistics per batch). Popcounts are always filled.
RegionsAnswer regions(const Graph& graph, std::span<const double> coefficients,
                      std::span<const double> weights, std::span<const double> input, int32_t batches,
                      int32_t batch);

/// The inputs of the evaluation of one candidate.
struct Problem {
  const Graph& graph;
  std::span<const double> coefficients;
  std::span<const double> weights;  // graph.param_values values
  std::span<const double> inputs;   // [batches][batch][C][H][W]
  std::span<const int32_t> labels;  // [batches][batch], or empty
  int32_t batch = 0;
};

/// The answers to `tasks`, in their order.
std::vector<Answer> evaluate(const Problem& problem, std::span<const Task> tasks);

}  // namespace tenas::reference
