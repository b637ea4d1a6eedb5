#include "reference/training.hpp"

#include <cmath>

#include "reference/reference.hpp"
#include "train/finite.hpp"
#include "train/running_statistics.hpp"
#include "train/training_loss.hpp"

namespace tenas::reference {
namespace {

class PlainTraining final : public Training {
 public:
  PlainTraining(const Graph& graph, TrainingSettings settings, TrainingState state,
                const Labelling& labelling)
      : graph_(graph), settings_(std::move(settings)), labelling_(labelling), state_(std::move(state)) {}

  StepAnswer step(const TrainingBatch& batch, const StepOptions& options, const ParallelFor&,
                  const CancelFlag& cancel) override {
    const Added added = added_for(batch);
    check_norms(batch, added);
    const Activations activations = run(batch, Statistics::kBatch, added);
    check_moments(batch, activations, added);
    LossValue loss = loss_of(batch, activations, graph_.output);
    require_finite(loss.loss, "the loss");
    std::vector<double> head_losses;
    for (size_t k = 0; k < added.nodes.heads.size(); ++k) {
      const LossValue head = loss_of(batch, activations, added.nodes.heads[k]);
      require_finite(head.loss, "the loss of a head");
      head_losses.push_back(head.loss);
      for (const double value : head.gradient) loss.gradient.push_back(settings_.head_weights[k] * value);
    }
    cancel.check();
    Gradients gradients = backward(graph_, batch.coefficients, state_.values, activations, loss.gradient,
                                   batch.samples, GradientStatistics::kThrough, added);
    cancel.check();
    for (const double value : gradients.coefficients) {
      require_finite(value, "the gradient by a mixing coefficient");
    }
    StepAnswer answer{loss.loss, std::move(head_losses), loss.correct, 0, {}};
    if (options.coefficient_gradient) answer.coefficient_gradient = std::move(gradients.coefficients);
    if (options.update) answer.gradient_norm = update(gradients.parameters, batch.coefficients, options);
    move(batch, activations, added, [this](size_t node) {
      ++state_.batches[node];
      return kStatisticsMomentum;
    });
    return answer;
  }

  TrainingEvaluation evaluate(const TrainingBatch& batch, EvaluationStatistics statistics, const ParallelFor&,
                              const CancelFlag&) override {
    const Activations activations = run(
        batch, statistics == EvaluationStatistics::kBatch ? Statistics::kBatch : Statistics::kRunning, {});
    const LossValue loss = loss_of(batch, activations, graph_.output);
    return {loss.loss, loss.correct, activations.node[graph_.output]};
  }

  void observe(const TrainingBatch& batch, bool first, const ParallelFor&, const CancelFlag&) override {
    check_norms(batch, {});
    const Activations activations = run(batch, Statistics::kBatch, {});
    check_moments(batch, activations, {});
    if (first) observed_.clear();
    move(batch, activations, {}, [this](size_t node) { return observed_.add(node, state_); });
  }

  const TrainingState& state() const override { return state_; }
  void restore(TrainingState state) override { state_ = std::move(state); }

 private:
  /// What a step adds to the network: all heads, and the factors that there are.
  Added added_for(const TrainingBatch& batch) const {
    Added added{settings_.additions, batch.factors};
    if (batch.factors.path.empty()) added.nodes.drop_path.clear();
    if (batch.factors.values.empty()) added.nodes.dropout.clear();
    return added;
  }

  Activations run(const TrainingBatch& batch, Statistics statistics, const Added& added) const {
    const std::vector<double> images(batch.images.begin(), batch.images.end());
    return forward(graph_, batch.coefficients, state_.values, images, batch.samples, statistics, added);
  }

  LossValue loss_of(const TrainingBatch& batch, const Activations& activations, int32_t node) const {
    return training_loss(CrossEntropy{settings_.label_smoothing}, labelling_, graph_.nodes[node].shape,
                         activations.node[node], batch.labels, batch.samples);
  }

  /// One update, value by value, straight from the formulas of torch.optim. Returns the gradient's norm.
  double update(const std::vector<double>& gradient, std::span<const double> coefficients,
                const StepOptions& options) {
    const ParameterSet touched = touched_parameters(graph_, coefficients, settings_.additions.heads);
    const ParameterSet trainable = trainable_parameters(graph_);
    double norm = 0;
    for (const double value : gradient) norm += value * value;
    norm = std::sqrt(norm);
    require_finite(norm, "the norm of the gradient");
    for (size_t id = 0; id < graph_.params.size(); ++id) {
      const bool continues = settings_.optimiser.untouched == Untouched::kDecay && state_.updates[id] > 0;
      if (!trainable[id] || !(touched[id] || continues)) continue;
      ++state_.updates[id];
      for (int64_t k = 0; k < graph_.params[id].size; ++k) {
        const auto i = (graph_.params[id].offset + k);
        double g = touched[id] ? gradient[i] : 0.0;
        if (settings_.clip > 0 && settings_.clip / (norm + 1e-6) < 1) g *= settings_.clip / (norm + 1e-6);
        update_value(id, i, g, options.learning_rate * settings_.optimiser.rate[id]);
      }
    }
    ++state_.steps;
    return norm;
  }

  void update_value(size_t id, size_t i, double g, double rate) {
    const Optimiser& o = settings_.optimiser;
    const double decay = o.weight_decay[id], t = static_cast<double>(state_.updates[id]);
    double& w = state_.values[i];
    if (o.kind == OptimiserKind::kSgd) {
      g += decay * w;
      if (o.momentum == 0) {
        w -= rate * g;
        return;
      }
      double& v = state_.first[i];
      v = t == 1 ? g : o.momentum * v + g;
      w -= rate * (o.nesterov ? g + o.momentum * v : v);
      return;
    }
    if (o.kind == OptimiserKind::kAdamW) w -= rate * decay * w;
    if (o.kind == OptimiserKind::kAdam) g += decay * w;
    double &m = state_.first[i], &v = state_.second[i];
    m = o.beta1 * m + (1 - o.beta1) * g;
    v = o.beta2 * v + (1 - o.beta2) * g * g;
    const double mean = m / (1 - std::pow(o.beta1, t)), square = v / (1 - std::pow(o.beta2, t));
    w -= rate * mean / (std::sqrt(square) + o.eps);
  }

  template <class Fn>
  void each_norm(const TrainingBatch& batch, const Added& added, const Fn& fn) const {
    const std::vector<bool> executed = executed_nodes(graph_, batch.coefficients, added.nodes.heads);
    for (size_t node = 0; node < graph_.nodes.size(); ++node) {
      if (executed[node] && graph_.nodes[node].op == Op::kBatchNorm) fn(node);
    }
  }

  void check_norms(const TrainingBatch& batch, const Added& added) const {
    each_norm(batch, added, [&](size_t node) { values_per_channel(graph_, node, batch.samples); });
  }

  void check_moments(const TrainingBatch& batch, const Activations& activations, const Added& added) const {
    each_norm(batch, added, [&](size_t node) {
      for (size_t c = 0; c < activations.mean[node].size(); ++c) {
        require_finite_moments(activations.mean[node][c], 1 / activations.inv_std[node][c], node);
      }
    });
  }

  template <class Fn>
  void move(const TrainingBatch& batch, const Activations& activations, const Added& added,
            const Fn& momentum_of) {
    each_norm(batch, added, [&](size_t node) {
      const double momentum = momentum_of(node);
      const double count = values_per_channel(graph_, node, batch.samples);
      for (size_t c = 0; c < activations.mean[node].size(); ++c) {
        const double inverse = activations.inv_std[node][c];
        const double variance = 1 / (inverse * inverse) - graph_.nodes[node].eps;
        move_statistics(graph_, node, c, momentum, activations.mean[node][c], variance, count, state_);
      }
    });
  }

  const Graph& graph_;
  const TrainingSettings settings_;
  const Labelling labelling_;
  TrainingState state_;
  ObservedBatches observed_;
};

}  // namespace

std::unique_ptr<Training> make_training(const Graph& graph, TrainingSettings settings, TrainingState state,
                                        const Labelling& labelling) {
  return std::make_unique<PlainTraining>(graph, std::move(settings), std::move(state), labelling);
}

}  // namespace tenas::reference
