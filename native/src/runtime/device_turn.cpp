#include "runtime/device_turn.hpp"

#include <chrono>
#include <thread>
#include <utility>

namespace tenas {
namespace {

/// How long a request that waits for the device may not notice that it is cancelled.
constexpr std::chrono::milliseconds kPatience{20};

class TrainingInTurns final : public Training {
 public:
  explicit TrainingInTurns(std::unique_ptr<Training> training) : training_(std::move(training)) {}
  ~TrainingInTurns() override {
    const auto turn = take_device(CancelFlag());
    training_.reset();
  }

  StepAnswer step(const TrainingBatch& batch, const StepOptions& options, const ParallelFor& parallel,
                  const CancelFlag& cancel) override {
    const auto turn = take_device(cancel);
    return training_->step(batch, options, parallel, cancel);
  }
  TrainingEvaluation evaluate(const TrainingBatch& batch, EvaluationStatistics statistics,
                              const ParallelFor& parallel, const CancelFlag& cancel) override {
    const auto turn = take_device(cancel);
    return training_->evaluate(batch, statistics, parallel, cancel);
  }
  void observe(const TrainingBatch& batch, bool first, const ParallelFor& parallel,
               const CancelFlag& cancel) override {
    const auto turn = take_device(cancel);
    training_->observe(batch, first, parallel, cancel);
  }
  const TrainingState& state() const override {
    const auto turn = take_device(CancelFlag());
    return training_->state();
  }
  void restore(TrainingState state) override {
    const auto turn = take_device(CancelFlag());
    training_->restore(std::move(state));
  }

 private:
  std::unique_ptr<Training> training_;
};

}  // namespace

std::unique_lock<std::mutex> take_device(const CancelFlag& cancel) {
  static auto* const busy =
      new std::mutex();  // never destroyed: threads may still ask while the process exits
  // Not a timed mutex: ThreadSanitizer of GCC 12 does not know how that one waits.
  std::unique_lock lock(*busy, std::defer_lock);
  cancel.check();
  while (!lock.try_lock()) {
    std::this_thread::sleep_for(kPatience);
    cancel.check();
  }
  return lock;
}

std::unique_ptr<Training> in_turns(std::unique_ptr<Training> training) {
  return std::make_unique<TrainingInTurns>(std::move(training));
}

}  // namespace tenas
