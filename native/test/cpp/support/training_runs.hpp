// Trainings with random settings, batches and paths, and how far two of them are apart.
#pragma once

#include <cmath>
#include <vector>

#include "base/error.hpp"
#include "reference/training.hpp"
#include "support/compare.hpp"
#include "support/random.hpp"
#include "support/random_graph.hpp"
#include "train/training.hpp"

namespace tenas::test {

constexpr int32_t kSteps = 4;

inline std::vector<double> some(Random& random, size_t count, double most) {
  std::vector<double> values(count);
  for (double& value : values) value = random.chance(0.5) ? 0 : most * random.uniform();
  return values;
}

inline TrainingSettings random_settings(Random& random, const Graph& graph) {
  TrainingSettings settings;
  Optimiser& optimiser = settings.optimiser;
  optimiser.kind = static_cast<OptimiserKind>(random.integer(0, 2));
  optimiser.momentum = random.chance(0.7) ? 0.9 : 0;
  optimiser.nesterov = optimiser.momentum > 0 && random.chance(0.5);
  optimiser.beta2 = 0.99;
  optimiser.eps = 1e-3;  // large enough that gradients that are 0 but for rounding stay small
  optimiser.weight_decay = some(random, graph.params.size(), 0.1);
  optimiser.rate.assign(graph.params.size(), 1.0);
  for (double& rate : optimiser.rate) rate = random.chance(0.2) ? 0.5 : 1;
  optimiser.untouched = random.chance(0.5) ? Untouched::kKeep : Untouched::kDecay;
  settings.label_smoothing = random.chance(0.5) ? 0.1 : 0;
  settings.clip = random.chance(0.5) ? 0.5 : 0;
  return settings;
}

inline bool fits(const Graph& graph, const Additions& additions) {
  try {
    check_additions(graph, additions);
  } catch (const Error&) {
    return false;
  }
  return true;
}

/// Drop path and dropout at some of the nodes where they can be.
inline Additions random_additions(Random& random, const RandomNet& net) {
  Additions additions;
  additions.heads = net.heads;
  for (int32_t node = 0; node < std::ssize(net.graph.nodes); ++node) {
    for (const bool by_sample : {true, false}) {
      std::vector<int32_t>& list = by_sample ? additions.drop_path : additions.dropout;
      list.push_back(node);
      if (!random.chance(by_sample ? 0.7 : 0.3) || !fits(net.graph, additions)) list.pop_back();
    }
  }
  return additions;
}

inline std::vector<double> random_weights(Random& random, const Additions& additions) {
  std::vector<double> weights(additions.heads.size());
  for (double& weight : weights) weight = random.uniform();
  return weights;
}

/// Some factors 0, the others powers of two of any sign: products with them are exact, so that sums which
/// cancel do so in every precision.
inline std::vector<float> random_factors(Random& random, size_t count) {
  std::vector<float> factors(count);
  for (float& factor : factors) {
    const float size = std::ldexp(1.0F, random.integer(-2, 1));
    factor = random.chance(0.3) ? 0 : random.chance(0.5) ? size : -size;
  }
  return factors;
}

/// What every step of a run sees: the images of one, which paths run, and what is dropped.
struct Course {
  std::vector<Sample> samples;
  std::vector<std::vector<double>> coefficients;
  std::vector<StepOptions> options;
  std::vector<std::vector<float>> drop_path, dropout;

  Course(const Graph& graph, const std::vector<double>& given, Random& random, int32_t most,
         const Additions& additions = {}) {
    int64_t values = 0;
    for (const int32_t node : additions.dropout) values += graph.nodes[node].shape.size();
    for (int32_t t = 0; t < kSteps; ++t) {
      samples.emplace_back(graph, random, random.integer(2, most));
      coefficients.push_back(given);
      for (double& value : coefficients.back()) {
        if (random.chance(0.2)) value = value == 0 ? 0.5 : 0;
      }
      options.push_back({.learning_rate = 0.05 * random.uniform(),
                         .update = random.chance(0.8),
                         .coefficient_gradient = random.chance(0.7)});
      const auto factors = [&](int64_t per_sample) -> std::vector<float> {
        if (per_sample == 0 || random.chance(0.2)) return {};
        return random_factors(random, per_sample * samples.back().batch);
      };
      drop_path.push_back(factors(std::ssize(additions.drop_path)));
      dropout.push_back(factors(values));
    }
  }
};

/// The numbers of a run, step by step: the answers, and all values after it.
struct Run {
  std::vector<std::vector<double>> answers, gradients, values, logits;
};

inline Run run(Training& training, const Graph& graph, const Course& course) {
  Run made;
  for (size_t t = 0; t < course.samples.size(); ++t) {
    const Sample& sample = course.samples[t];
    const auto labels = sample.labels(output_values(graph));
    const TrainingBatch batch{sample.inputs,
                              labels,
                              course.coefficients[t],
                              sample.batch,
                              {course.drop_path[t], course.dropout[t]}};
    const StepAnswer answer = training.step(batch, course.options[t], run_serially, CancelFlag());
    made.answers.push_back({answer.loss, answer.gradient_norm});
    made.answers.push_back(answer.head_losses);
    made.gradients.push_back(answer.coefficient_gradient);
    made.values.push_back(training.state().values);
    training.observe(batch, t % 3 == 0, run_serially, CancelFlag());
    for (const auto statistics : {EvaluationStatistics::kRunning, EvaluationStatistics::kBatch}) {
      made.logits.push_back(training.evaluate(batch, statistics, run_serially, CancelFlag()).logits);
    }
  }
  return made;
}

inline double distance(const std::vector<std::vector<double>>& a, const std::vector<std::vector<double>>& b,
                       double floor) {
  double worst = 0;
  for (size_t t = 0; t < a.size(); ++t) worst = std::max(worst, relative_error(a[t], b[t], floor));
  return worst;
}
/// Largest relative difference of two runs. Coefficient gradients may be 0 but for rounding.
inline double distance(const Run& a, const Run& b) {
  return std::max({distance(a.answers, b.answers, 1e-3), distance(a.gradients, b.gradients, 1),
                   distance(a.values, b.values, 0), distance(a.logits, b.logits, 0)});
}

inline Run plain_run(const Graph& graph, const TrainingSettings& settings, const std::vector<float>& weights,
                     const Course& course, double nudge = 0) {
  TrainingState state(graph, settings.optimiser, weights);
  Random random(1);
  for (double& value : state.values) value *= 1 + nudge * random.normal();
  return run(*reference::make_training(graph, settings, std::move(state)), graph, course);
}

}  // namespace tenas::test
