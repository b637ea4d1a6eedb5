#include "cuda/training.hpp"

#include <algorithm>
#include <vector>

#include "cuda/training_memory.hpp"
#include "tasks/loss.hpp"
#include "train/finite.hpp"
#include "train/running_statistics.hpp"

namespace tenas::cuda {
namespace {

/// Batch sizes whose memory is kept: of steps, of the last batch of an epoch, of evaluations.
constexpr size_t kMostSizes = 3;
/// Samples of an evaluation with running statistics that run together: more would only need more memory.
constexpr int32_t kEvaluatedTogether = 256;

class DeviceTraining final : public Training {
 public:
  DeviceTraining(Device& device, const engine::Plan& plan, TrainingSettings settings, TrainingState state)
      : device_(device),
        plan_(plan),
        settings_(std::move(settings)),
        state_(std::move(state)),
        parameters_(device, plan, state_) {}

  StepAnswer step(const TrainingBatch& batch, const StepOptions& options, const ParallelFor&,
                  const CancelFlag& cancel) override {
    const auto check = [&] { cancel.check(); };
    TrainingPasses& passes = passes_of(batch.samples);
    const ActiveAdditions additions{.heads = !settings_.additions.heads.empty(),
                                    .drop_path = !batch.factors.path.empty(),
                                    .dropout = !batch.factors.values.empty()};
    const engine::Schedule& executed =
        run_forward(passes, batch, {options.update, options.coefficient_gradient}, check, additions);
    check_moments(passes, executed);
    StepAnswer answer;
    const std::vector<double> gradient = losses_of(passes, batch, answer);
    if (options.update || options.coefficient_gradient) {
      answer.coefficient_gradient = passes.backward(gradient, check);
    }
    for (const double value : answer.coefficient_gradient) {
      require_finite(value, "the gradient by a mixing coefficient");
    }
    cancel.check();
    if (options.update) {
      const ParameterSet touched =
          touched_parameters(plan_.graph, batch.coefficients, settings_.additions.heads);
      answer.gradient_norm = passes.gradient_norm(touched);
      require_finite(answer.gradient_norm, "the norm of the gradient");
      update(passes, touched, answer.gradient_norm, options.learning_rate);
    }
    move_all(passes, executed, batch.samples, [this](size_t node) {
      ++state_.batches[node];
      return kStatisticsMomentum;
    });
    return answer;
  }

  TrainingEvaluation evaluate(const TrainingBatch& batch, EvaluationStatistics statistics, const ParallelFor&,
                              const CancelFlag& cancel) override {
    const auto check = [&] { cancel.check(); };
    std::vector<double> logits;
    if (statistics == EvaluationStatistics::kBatch) {
      TrainingPasses& passes = passes_of(batch.samples);
      run_forward(passes, batch, {}, check);
      logits = passes.logits();
    } else {
      if (!running_given_) parameters_.give_running(state_);
      running_given_ = true;
      const size_t values = batch.images.size() / batch.samples;
      for (int32_t first = 0; first < batch.samples; first += kEvaluatedTogether) {
        const int32_t count = std::min(kEvaluatedTogether, batch.samples - first);
        TrainingPasses& passes = passes_of(count);
        passes.choose({coefficients_of(batch), tenas::Statistics::kRunning, {}});
        run(passes, batch.images.subspan(first * values, count * values), check);
        const std::vector<double> part = passes.logits();
        logits.insert(logits.end(), part.begin(), part.end());
      }
    }
    const LossValue loss = loss_of(logits, batch);
    return {loss.loss, loss.correct, std::move(logits)};
  }

  void observe(const TrainingBatch& batch, bool first, const ParallelFor&,
               const CancelFlag& cancel) override {
    TrainingPasses& passes = passes_of(batch.samples);
    const engine::Schedule& executed = run_forward(passes, batch, {}, [&] { cancel.check(); });
    check_moments(passes, executed);
    if (first) observed_.clear();
    move_all(passes, executed, batch.samples, [this](size_t node) { return observed_.add(node, state_); });
  }

  const TrainingState& state() const override {
    if (!fetched_) parameters_.fetch(state_);
    fetched_ = true;
    return state_;
  }
  void restore(TrainingState state) override {
    state_ = std::move(state);
    parameters_.give(state_);
    fetched_ = running_given_ = true;
    packed_ = false;
  }

 private:
  /// Memory for a batch size; the last ones are kept.
  TrainingPasses& passes_of(int32_t samples) {
    const auto found = std::find_if(passes_.begin(), passes_.end(),
                                    [&](const auto& kept) { return kept->samples() == samples; });
    if (found != passes_.end()) return **found;
    if (passes_.size() == kMostSizes) passes_.erase(passes_.begin());
    return *passes_.emplace_back(
        std::make_unique<TrainingPasses>(device_, plan_, settings_.additions, parameters_, samples));
  }

  static std::vector<double> coefficients_of(const TrainingBatch& batch) {
    return {batch.coefficients.begin(), batch.coefficients.end()};
  }

  const engine::Schedule& run_forward(TrainingPasses& passes, const TrainingBatch& batch,
                                      const GradientTargets& of, const std::function<void()>& check,
                                      const ActiveAdditions& additions = {}) {
    const engine::Schedule& executed =
        passes.choose({coefficients_of(batch), tenas::Statistics::kBatch, of, additions});
    each_norm(executed, [&](int32_t node) { values_per_channel(plan_.graph, node, batch.samples); });
    run(passes, batch.images, check, batch.factors);
    return executed;
  }

  void run(TrainingPasses& passes, std::span<const float> images, const std::function<void()>& check,
           const DropFactors& factors = {}) {
    passes.forward(images, packed_, check, factors);
    packed_ = true;
  }

  LossValue loss_of(const std::vector<double>& logits, const TrainingBatch& batch) const {
    return evaluate_loss(CrossEntropy{settings_.label_smoothing}, 0, logits, batch.labels, batch.samples);
  }

  /// The losses of the network and of its heads. Returns the gradient of their weighted sum by the outputs.
  std::vector<double> losses_of(const TrainingPasses& passes, const TrainingBatch& batch,
                                StepAnswer& answer) const {
    LossValue loss = loss_of(passes.logits(), batch);
    answer.loss = loss.loss;
    require_finite(answer.loss, "the loss");
    answer.correct = loss.correct;
    std::vector<double> gradient = std::move(loss.gradient);
    for (size_t k = 0; k < settings_.additions.heads.size(); ++k) {
      const LossValue head = loss_of(passes.logits(static_cast<int64_t>(k) + 1), batch);
      require_finite(head.loss, "the loss of a head");
      answer.head_losses.push_back(head.loss);
      for (const double value : head.gradient) gradient.push_back(settings_.head_weights[k] * value);
    }
    return gradient;
  }

  template <class Fn>
  void each_norm(const engine::Schedule& executed, const Fn& fn) const {
    for (const int32_t v : executed.forward) {
      if (plan_.graph.nodes[v].op == Op::kBatchNorm) fn(v);
    }
  }

  void check_moments(const TrainingPasses& passes, const engine::Schedule& executed) const {
    each_norm(executed, [&](int32_t node) {
      const std::vector<double> moments = passes.moments(node);
      for (size_t c = 0; c < moments.size(); c += 2) {
        require_finite_moments(moments[c], moments[c + 1], node);
      }
    });
  }

  void update(TrainingPasses& passes, const ParameterSet& touched, double norm, double learning_rate) {
    const Graph& graph = plan_.graph;
    const Optimiser& optimiser = settings_.optimiser;
    const double scale = clip_scale(settings_.clip, norm);
    const ParameterSet updated = updated_parameters(graph, optimiser, touched, state_);
    std::vector<UpdateStep> steps;
    for (size_t id = 0; id < updated.size(); ++id) {
      if (!updated[id]) continue;
      const UpdateRule rule = rule_of(optimiser, scale, learning_rate * optimiser.rate[id],
                                      optimiser.weight_decay[id], ++state_.updates[id]);
      steps.push_back({rule, graph.params[id].offset, graph.params[id].size, touched[id]});
    }
    passes.update(steps);
    ++state_.steps;
    fetched_ = packed_ = false;
  }

  /// Moves the running statistics of all batch norms that ran, each as far as `momentum_of` says.
  template <class Fn>
  void move_all(const TrainingPasses& passes, const engine::Schedule& executed, int32_t samples,
                const Fn& momentum_of) {
    each_norm(executed, [&](int32_t node) {
      const double momentum = momentum_of(node);
      const double count = values_per_channel(plan_.graph, node, samples);
      const std::vector<double> moments = passes.moments(node);
      for (size_t c = 0; c < moments.size() / 2; ++c) {
        move_statistics(plan_.graph, node, c, momentum, moments[2 * c], moments[2 * c + 1], count, state_);
      }
    });
    running_given_ = false;
  }

  Device& device_;
  const engine::Plan& plan_;
  const TrainingSettings settings_;
  mutable TrainingState state_;  // running statistics and counts; the rest once it is fetched
  ObservedBatches observed_;
  TrainedParameters parameters_;
  std::vector<std::unique_ptr<TrainingPasses>> passes_;  // the oldest first
  mutable bool fetched_ = true;
  bool running_given_ = true;  // whether the device has the running statistics
  bool packed_ = false;        // whether the convolutions' weights are in order
};

}  // namespace

std::unique_ptr<Training> make_training(Device& device, const engine::Plan& plan, TrainingSettings settings,
                                        TrainingState state) {
  return std::make_unique<DeviceTraining>(device, plan, std::move(settings), std::move(state));
}

}  // namespace tenas::cuda
