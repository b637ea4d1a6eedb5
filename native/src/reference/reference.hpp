// The plain reference engine: double precision, one backward pass per sample, no fusion. Every fast path is
// tested against it; it is never optimised.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "graph/graph.hpp"
#include "tasks/forward.hpp"
#include "tasks/ntk.hpp"

namespace tenas::reference {

/// Activations of every executed node, each [N][C][H][W] (empty for nodes that did not run).
struct Activations {
  std::vector<std::vector<double>> node;
  std::vector<std::vector<double>> mean, inv_std;  // per batch-norm node, per channel
};

/// Forward pass. `input` is [N][C][H][W], `weights` holds graph.param_values values.
Activations forward(const Graph& graph, std::span<const double> coefficients, std::span<const double> weights,
                    std::span<const double> input, int32_t batch, Statistics statistics);

/// Gradients of `sum(output_gradient * output)` by every parameter (param_values values) and, if wanted, by
/// the input. `output_gradient` is [N][classes].
std::vector<double> backward(const Graph& graph, std::span<const double> coefficients,
                             std::span<const double> weights, const Activations& activations,
                             std::span<const double> output_gradient, int32_t batch, NtkMode mode,
                             std::vector<double>* input_gradient = nullptr);

/// Empirical NTK K = J J^T [N][N]; row i of J is the gradient of the sum of sample i's logits by all NTK
/// parameters.
std::vector<double> ntk(const Graph& graph, std::span<const double> coefficients,
                        std::span<const double> weights, std::span<const double> input, int32_t batch,
                        NtkMode mode, std::vector<double>* logits = nullptr);

/// Linear regions: distinct ReLU sign patterns over all batches (input [batches][N][C][H][W], batch
/// statistics per batch).
struct Regions {
  int64_t regions = 0;
  int64_t neurons = 0;             // ReLU outputs per sample over all executed relu nodes
  std::vector<int32_t> popcounts;  // active neurons of each sample
};
Regions regions(const Graph& graph, std::span<const double> coefficients, std::span<const double> weights,
                std::span<const double> input, int32_t batches, int32_t batch);

}  // namespace tenas::reference
