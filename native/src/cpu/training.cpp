#include "cpu/training.hpp"

#include <algorithm>
#include <array>
#include <optional>

#include "train/finite.hpp"
#include "train/running_statistics.hpp"
#include "train/training_loss.hpp"

namespace tenas::engine {
namespace {

class FastTraining final : public Training {
 public:
  FastTraining(const Plan& plan, const Engine& engine, TrainingSettings settings, TrainingState state,
               const Labelling& labelling)
      : plan_(plan),
        settings_(std::move(settings)),
        labelling_(labelling),
        state_(std::move(state)),
        pass_(engine.make_training_pass()),
        gradient_(state_.values.size(), 0.0) {}

  StepAnswer step(const TrainingBatch& batch, const StepOptions& options, const ParallelFor& parallel,
                  const CancelFlag& cancel) override {
    const Work work{parallel, cancel};
    const Graph& graph = plan_.graph;
    const TrainingSchedule& schedule =
        schedule_of(batch.coefficients, {.parameters = options.update,
                                         .coefficients = options.coefficient_gradient,
                                         .heads = true,
                                         .drop_path = !batch.factors.path.empty(),
                                         .dropout = !batch.factors.values.empty()});
    check_norms(schedule, batch.samples);
    run_forward(schedule, batch, work);
    check_moments(schedule);
    StepAnswer answer;
    const std::vector<double> gradient = losses_of(batch, answer);
    answer.coefficient_gradient.assign(graph.slots, 0.0);
    if (options.update || options.coefficient_gradient) {
      pass_->backward(gradient, gradient_, answer.coefficient_gradient, work);
    }
    for (const double value : answer.coefficient_gradient) {
      require_finite(value, "the gradient by a mixing coefficient");
    }
    if (!options.coefficient_gradient) answer.coefficient_gradient.clear();
    cancel.check();
    if (options.update) {
      const ParameterSet touched = touched_parameters(graph, batch.coefficients, settings_.additions.heads);
      answer.gradient_norm = gradient_norm(graph, touched, gradient_);
      require_finite(answer.gradient_norm, "the norm of the gradient");
      const double scale = clip_scale(settings_.clip, answer.gradient_norm);
      update_parameters(graph, settings_.optimiser, touched, gradient_, scale, options.learning_rate, state_);
      ++state_.steps;
    }
    move_all(schedule, batch.samples, [this](size_t node) {
      ++state_.batches[node];
      return kStatisticsMomentum;
    });
    return answer;
  }

  TrainingEvaluation evaluate(const TrainingBatch& batch, EvaluationStatistics statistics,
                              const ParallelFor& parallel, const CancelFlag& cancel) override {
    const Work work{parallel, cancel};
    const TrainingSchedule& schedule = schedule_of(batch.coefficients, {});
    if (statistics == EvaluationStatistics::kBatch) {
      run_forward(schedule, batch, work);
      read_logits(plan_.graph.output, batch.samples);
    } else {
      run_running(schedule, batch, work);
    }
    const LossValue loss = loss_of_logits(plan_.graph.output, batch);
    return {loss.loss, loss.correct, logits_};
  }

  void observe(const TrainingBatch& batch, bool first, const ParallelFor& parallel,
               const CancelFlag& cancel) override {
    const TrainingSchedule& schedule = schedule_of(batch.coefficients, {});
    check_norms(schedule, batch.samples);
    run_forward(schedule, batch, {parallel, cancel});
    check_moments(schedule);
    if (first) observed_.clear();
    move_all(schedule, batch.samples, [this](size_t node) { return observed_.add(node, state_); });
  }

  const TrainingState& state() const override { return state_; }
  void restore(TrainingState state) override {
    state_ = std::move(state);
    loaded_ = false;
  }

 private:
  /// What a backward pass is for (nothing: it does not run), and which additions take part.
  struct Wanted {
    bool parameters = false, coefficients = false;
    bool heads = false, drop_path = false, dropout = false;
    bool operator==(const Wanted&) const = default;
  };
  struct Kept {
    Wanted wanted;
    std::unique_ptr<TrainingSchedule> schedule;
  };

  /// The schedule for mixing coefficients; the last ones are kept, the oldest goes first.
  const TrainingSchedule& schedule_of(std::span<const double> coefficients, const Wanted& wanted) {
    for (const Kept& kept : schedules_) {
      if (kept.schedule && kept.wanted == wanted &&
          std::equal(coefficients.begin(), coefficients.end(), kept.schedule->coefficients.begin(),
                     kept.schedule->coefficients.end())) {
        return *kept.schedule;
      }
    }
    Targets targets;
    targets.parameters = wanted.parameters ? trainable_parameters(plan_.graph)
                                           : ParameterSet(plan_.graph.params.size(), false);
    targets.coefficients = wanted.coefficients;
    Additions additions;
    if (wanted.heads) additions.heads = settings_.additions.heads;
    if (wanted.drop_path) additions.drop_path = settings_.additions.drop_path;
    if (wanted.dropout) additions.dropout = settings_.additions.dropout;
    Kept& place = schedules_[next_schedule_];
    next_schedule_ = (next_schedule_ + 1) % schedules_.size();
    place.schedule = std::make_unique<TrainingSchedule>(plan_, coefficients, targets, std::move(additions));
    place.wanted = wanted;
    return *place.schedule;
  }

  void load_weights(const Work& work) {
    if (!loaded_) pass_->load_weights(state_.values, work.parallel);
    loaded_ = true;
  }

  void run_forward(const TrainingSchedule& schedule, const TrainingBatch& batch, const Work& work) {
    load_weights(work);
    pass_->load_images(batch.images, batch.samples, work.parallel);
    const Additions& additions = schedule.additions;
    if (!additions.drop_path.empty() || !additions.dropout.empty()) {
      pass_->load_factors(additions, batch.factors, work.parallel);
    }
    pass_->forward(schedule, work);
  }

  void run_running(const TrainingSchedule& schedule, const TrainingBatch& batch, const Work& work) {
    load_weights(work);
    const size_t values = batch.images.size() / batch.samples;
    const auto outputs = plan_.graph.nodes[plan_.graph.output].shape.size();
    logits_.resize(batch.samples * outputs);
    for (int32_t first = 0; first < batch.samples; first += kEvaluatedTogether) {
      const int32_t count = std::min(kEvaluatedTogether, batch.samples - first);
      pass_->load_images(batch.images.subspan(first * values, count * values), count, work.parallel);
      pass_->forward_running(schedule, work);
      pass_->read_logits(plan_.graph.output, std::span(logits_).subspan(first * outputs, count * outputs));
    }
  }

  void read_logits(int32_t node, int32_t samples) {
    const int64_t outputs = plan_.graph.nodes[node].shape.size();
    logits_.resize(samples * outputs);
    pass_->read_logits(node, logits_);
  }

  LossValue loss_of(int32_t node, const TrainingBatch& batch) {
    read_logits(node, batch.samples);
    return loss_of_logits(node, batch);
  }

  /// The loss of the logits that were read, those of a node.
  LossValue loss_of_logits(int32_t node, const TrainingBatch& batch) const {
    return training_loss(CrossEntropy{settings_.label_smoothing}, labelling_, plan_.graph.nodes[node].shape,
                         logits_, batch.labels, batch.samples);
  }

  /// The losses of the network and of its heads. Returns the gradient of their weighted sum by the outputs.
  std::vector<double> losses_of(const TrainingBatch& batch, StepAnswer& answer) {
    LossValue loss = loss_of(plan_.graph.output, batch);
    answer.loss = loss.loss;
    require_finite(answer.loss, "the loss");
    answer.correct = loss.correct;
    std::vector<double> gradient = std::move(loss.gradient);
    for (size_t k = 0; k < settings_.additions.heads.size(); ++k) {
      const LossValue head = loss_of(settings_.additions.heads[k], batch);
      require_finite(head.loss, "the loss of a head");
      answer.head_losses.push_back(head.loss);
      for (const double value : head.gradient) gradient.push_back(settings_.head_weights[k] * value);
    }
    return gradient;
  }

  template <class Fn>
  void each_norm(const TrainingSchedule& schedule, const Fn& fn) const {
    for (const ForwardLevel& level : schedule.levels) {
      for (const int32_t norm : level.norms) fn(norm);
    }
  }

  void check_norms(const TrainingSchedule& schedule, int32_t samples) const {
    each_norm(schedule, [&](size_t node) { values_per_channel(plan_.graph, node, samples); });
  }

  void check_moments(const TrainingSchedule& schedule) const {
    each_norm(schedule, [&](int32_t node) {
      for (const Moments& of : pass_->moments(node)) require_finite_moments(of.mean, of.variance, node);
    });
  }

  /// Moves the running statistics of all batch norms that ran, each as far as `momentum_of` says.
  template <class Fn>
  void move_all(const TrainingSchedule& schedule, int32_t samples, const Fn& momentum_of) {
    each_norm(schedule, [&](size_t node) {
      const double momentum = momentum_of(node);
      const double count = values_per_channel(plan_.graph, node, samples);
      const auto moments = pass_->moments(static_cast<int32_t>(node));
      for (size_t c = 0; c < moments.size(); ++c) {
        move_statistics(plan_.graph, node, c, momentum, moments[c].mean, moments[c].variance, count, state_);
      }
    });
    loaded_ = false;
  }

  const Plan& plan_;
  const TrainingSettings settings_;
  const Labelling labelling_;
  TrainingState state_;
  ObservedBatches observed_;
  const std::unique_ptr<TrainingPass> pass_;
  bool loaded_ = false;  // whether the pass has the state's values
  std::vector<double> gradient_, logits_;
  std::array<Kept, 4> schedules_;
  size_t next_schedule_ = 0;
};

}  // namespace

std::unique_ptr<Training> make_training(const Plan& plan, const Engine& engine, TrainingSettings settings,
                                        TrainingState state, const Labelling& labelling) {
  return std::make_unique<FastTraining>(plan, engine, std::move(settings), std::move(state), labelling);
}

}  // namespace tenas::engine
