// Training a network: what a step takes and gives, and the state that it changes.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "base/cancel.hpp"
#include "base/parallel.hpp"
#include "graph/additions.hpp"
#include "train/optimiser.hpp"
#include "train/state.hpp"

namespace tenas {

/// Settings of a training, the same in every step.
struct TrainingSettings {
  Optimiser optimiser;
  /// Targets are (1 - s) one-hot + s / outputs; the loss is the mean cross-entropy.
  double label_smoothing = 0;
  /// The gradient is scaled to this norm over all parameters if it is longer; 0: never.
  double clip = 0;
  Additions additions;
  /// By head: the factor of its loss, which is added to the network's.
  std::vector<double> head_weights;
};

/// Factors of a step on the outputs of nodes. Nodes without have the factor 1.
struct DropFactors {
  std::span<const float> path;    // [nodes of drop_path][samples], or empty
  std::span<const float> values;  // [nodes of dropout][samples][the node's values], or empty
};

/// Images with their labels, and the mixing coefficients that they run with.
struct TrainingBatch {
  std::span<const float> images;         // [samples][C][H][W]
  std::span<const int32_t> labels;       // [samples]; may be empty for `observe`
  std::span<const double> coefficients;  // [slots]
  int32_t samples = 0;
  DropFactors factors = {};  // for `step` alone
};

struct StepOptions {
  double learning_rate = 0;
  bool update = true;                 // otherwise the parameters stay, and only running statistics move
  bool coefficient_gradient = false;  // wanted in the answer
};

struct StepAnswer {
  double loss = 0;                           // of the network's output alone
  std::vector<double> head_losses;           // without their weights
  int64_t correct = 0;                       // samples whose largest output is their label's
  double gradient_norm = 0;                  // over all parameters, before clipping; 0 without an update
  std::vector<double> coefficient_gradient;  // [slots], 0 for operations that are off; empty if not wanted
};

struct TrainingEvaluation {
  double loss = 0;
  int64_t correct = 0;
  std::vector<double> logits;  // [samples][output values]
};

/// What batch norm normalises by in an evaluation.
enum class EvaluationStatistics : int32_t { kRunning = 0, kBatch = 1 };

/// How far running statistics move towards those of a batch in a step; PyTorch's default.
constexpr double kStatisticsMomentum = 0.1;

/// A network in training. One call at a time.
class Training {
 public:
  virtual ~Training() = default;

  /// Forward with the batch's statistics, losses, backward, update; running statistics move. The state is as
  /// before if it throws Error CANCELLED, OUT_OF_MEMORY or (for loss, statistics or gradient) NOT_FINITE.
  virtual StepAnswer step(const TrainingBatch& batch, const StepOptions& options, const ParallelFor& parallel,
                          const CancelFlag& cancel) = 0;
  /// Loss and outputs; the state stays.
  virtual TrainingEvaluation evaluate(const TrainingBatch& batch, EvaluationStatistics statistics,
                                      const ParallelFor& parallel, const CancelFlag& cancel) = 0;
  /// Adds a batch to running statistics that are the mean over some batches; `first`: they begin anew, each
  /// with the first batch that its batch norm runs in. Throws as `step`.
  virtual void observe(const TrainingBatch& batch, bool first, const ParallelFor& parallel,
                       const CancelFlag& cancel) = 0;

  virtual const TrainingState& state() const = 0;
  /// Replaces the state by one of the same network and optimiser.
  virtual void restore(TrainingState state) = 0;
};

}  // namespace tenas
