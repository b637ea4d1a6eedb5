// Decisions made once per candidate: which nodes run forward, and the backward pass as stages with buffers
// reused by liveness.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "graph/additions.hpp"
#include "graph/parameter_set.hpp"
#include "plan/plan.hpp"
#include "tasks/gradient.hpp"

namespace tenas::engine {

/// The targets of a backward pass.
struct Targets {
  ParameterSet parameters;
  bool coefficients = false;  // mixing coefficients of operations that run
  bool input = false;
  std::vector<int32_t> watched = {};  // nodes whose complete gradient is shown, see BackwardStage::watched
};

/// Those of the task `gradient`.
Targets targets_of(const Graph& graph, const GradientTask& task);

/// A run of single-reader operations followed backwards, sample by sample (or block by block), from a
/// complete gradient down to the next tensor that has several readers. Between the two, gradients live in
/// small scratch buffers.
struct Chain {
  double scale = 1;          // the root gradient is scale * the stage's gradient ...
  int32_t channel = 0;       // ... from this channel on
  Shape root;                // shape of the root gradient
  std::vector<int32_t> ops;  // nodes to differentiate, output side first; may be empty (a plain copy)
  int32_t branch = 0;        // which input of the first of them the chain leads to: a scale has two
  int32_t drop_path = -1;    // a plain copy: index of its factors by sample; -1: none
  int32_t destination = -1;  // node whose gradient receives the result; -1: no gradient needed below
  bool accumulate = false;   // add to the destination; otherwise the first writer overwrites it
};

/// A mixing coefficient's share of a stage: the sum over batch and pixels of the mix's gradient times the
/// operation's output. The mix's gradient is scale * the stage's gradient from a channel on.
struct CoefficientTerm {
  int32_t slot = -1;
  double scale = 1;
  int32_t channel = 0;
  int32_t node = -1;       // the operation: stored, or a batch norm that is not
  int32_t drop_path = -1;  // index of its factors by sample; -1: none
};

/// A stage of the backward schedule: all chains that start from one complete gradient. After it the
/// gradient's buffer is free.
struct BackwardStage {
  int32_t node = -1;
  bool joins = false;    // needs no sums over the batch: runs along with the stage before, unit by unit
  int32_t dropout = -1;  // index of the factors that its gradient is multiplied by first; -1: none
  bool watched = false;  // its gradient is shown to the observer of the pass
  std::vector<Chain> chains;
  std::vector<CoefficientTerm> coefficients;
  int64_t jacobian_begin = 0,
          jacobian_end = 0;  // rows of the Jacobian (parameter values) that this stage fills
};

struct Schedule {
  std::vector<int32_t> forward;          // canonical nodes to run, in order
  std::vector<bool> runs;                // the same as flags, by node id
  std::vector<int32_t> relu_copies;      // by node id: executed ReLUs that a canonical one stands for
  int64_t neurons = 0;                   // ReLU outputs per sample, copies counted
  std::vector<BackwardStage> stages;     // backward pass, from the output on
  std::vector<int64_t> gradient_offset;  // by node id: pixels into the gradient buffers of one unit, or -1
  int64_t gradient_pixels = 0;
  std::vector<int64_t> jacobian_row;  // by parameter id: first row, or -1
  int64_t jacobian_rows = 0;
  std::vector<int32_t> drop_path, dropout;  // by node id: index of its factors, or -1; empty: no node has any
};

/// The stages in groups that run together, unit by unit: each up to the next stage that needs sums over the
/// batch.
std::vector<std::span<const BackwardStage>> joined_stages(const Schedule& schedule);

/// Rows of the Jacobian that joined stages fill.
inline int64_t jacobian_rows(std::span<const BackwardStage> stages) {
  return stages.back().jacobian_end - stages.front().jacobian_begin;
}

/// Nodes executed for regions or a forward pass (every mix is a root), without a backward pass.
Schedule schedule_forward(const Plan& plan, std::span<const double> coefficients,
                          const Additions& additions = {});

/// Nodes that the outputs depend on, and the backward pass to all targets. A gradient of the input stays in
/// its buffer when all stages have run.
Schedule schedule_backward(const Plan& plan, std::span<const double> coefficients, const Targets& targets,
                           const Additions& additions = {});

/// The backward pass from the output of node `to` to that of node `from`, both canonical, without any other
/// target. The gradient stays in the buffer of `from`; it has none if `to` does not depend on it.
Schedule schedule_block(const Plan& plan, std::span<const double> coefficients, int32_t from, int32_t to);

}  // namespace tenas::engine
