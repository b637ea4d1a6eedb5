// A training of a program: settings checked, threads from the pool, one call at a time.
#pragma once

#include <atomic>
#include <memory>
#include <span>
#include <string>
#include <variant>
#include <vector>

#include "runtime/request.hpp"
#include "train/labelling.hpp"
#include "train/training.hpp"

namespace tenas {

/// Where a training begins: with initial weights, or where a snapshot was taken.
using TrainingStart = std::variant<SeededWeights, std::vector<float>, std::vector<uint8_t>>;

struct TrainerOptions {
  TrainingStart start;
  TrainingSettings settings;
  Labelling labelling;
  int32_t threads = 1;
  bool reference = false;  // the plain double-precision engine
  std::string isa;         // "" = best
  bool cuda = false;       // on the CUDA device
};

/// A batch that a trainer keeps the memory of.
struct OwnedBatch {
  std::vector<float> images;
  std::vector<int32_t> labels;
  std::vector<double> coefficients;
  std::vector<float> drop_path = {}, dropout = {};  // as in DropFactors; empty: ones

  TrainingBatch view(int32_t samples) const {
    return {images, labels, coefficients, samples, {drop_path, dropout}};
  }
};

class Trainer {
 public:
  /// Throws Error REQUEST_INVALID naming the field, SNAPSHOT_INVALID, ISA_UNAVAILABLE,
  /// CUDA_UNAVAILABLE with the reason, CUDA_FAILED or OUT_OF_MEMORY.
  Trainer(std::shared_ptr<Program> program, TrainerOptions options);

  /// The right to use a trainer, until it goes out of scope. Throws Error REQUEST_INVALID while another has
  /// it.
  class Turn {
   public:
    explicit Turn(std::shared_ptr<Trainer> trainer);
    ~Turn();
    Turn(const Turn&) = delete;
    Turn& operator=(const Turn&) = delete;

    /// Memory for the batch of the next call. Its labels may be empty for `observe` alone.
    OwnedBatch& batch() { return trainer_->batch_; }
    /// As in Training, with `batch`. To be checked before on the caller's thread, by the function beside it:
    /// these throw Error REQUEST_INVALID naming the field, or OUT_OF_MEMORY.
    void check_step(const StepOptions& options) const;
    void check_evaluation(EvaluationStatistics statistics) const;
    void check_observation() const;
    StepAnswer step(const StepOptions& options, const CancelFlag& cancel);
    TrainingEvaluation evaluate(EvaluationStatistics statistics, const CancelFlag& cancel);
    void observe(bool first, const CancelFlag& cancel);

    const TrainingState& state() const { return trainer_->training_->state(); }
    std::vector<uint8_t> snapshot() const;

   private:
    TrainingBatch view() const;
    void check_images(bool together) const;
    void check_labels() const;
    void check_factors() const;
    std::shared_ptr<Trainer> trainer_;
  };

  const Graph& graph() const { return program_->graph(); }

 private:
  int32_t samples() const;
  ParallelFor parallel() const;

  const std::shared_ptr<Program> program_;
  const TrainerOptions options_;
  std::unique_ptr<Training> training_;
  OwnedBatch batch_;
  std::atomic<bool> taken_ = false;
};

}  // namespace tenas
