#include "tasks/loss.hpp"

#include <algorithm>
#include <cmath>

namespace tenas {
namespace {

/// One batch: its outputs, labels and number.
struct Outputs {
  std::span<const double> logits;
  std::span<const int32_t> labels;
  int64_t which, batch;
  int64_t per_sample() const { return std::ssize(logits) / batch; }
  std::span<const double> row(int64_t sample) const {
    return logits.subspan(sample * per_sample(), per_sample());
  }
  /// This batch's part of values [batches][batch][outputs].
  std::span<const float> part(const std::vector<float>& values) const {
    return std::span(values).subspan(which * std::ssize(logits), logits.size());
  }
};

void add(LossValue& value, const Outputs& outputs, const CrossEntropy& loss) {
  const double share = 1.0 / static_cast<double>(outputs.batch);
  const double spread = loss.label_smoothing / static_cast<double>(outputs.per_sample());
  for (int64_t n = 0; n < outputs.batch; ++n) {
    const auto row = outputs.row(n);
    const double largest = *std::max_element(row.begin(), row.end());
    double sum = 0;
    for (const double logit : row) sum += std::exp(logit - largest);
    const double log_sum = largest + std::log(sum);
    for (int64_t k = 0; k < std::ssize(row); ++k) {
      const bool own = outputs.labels[n] == k;
      const double target = (own ? 1 - loss.label_smoothing : 0.0) + spread;
      if (target != 0) value.loss += share * target * (log_sum - row[k]);
      value.gradient[n * std::ssize(row) + k] = share * (std::exp(row[k] - log_sum) - target);
    }
  }
}

void add(LossValue& value, const Outputs& outputs, const MeanSquares& loss) {
  const auto targets = outputs.part(loss.targets);
  const double share = 1.0 / static_cast<double>(outputs.logits.size());
  for (size_t i = 0; i < outputs.logits.size(); ++i) {
    const double difference = outputs.logits[i] - static_cast<double>(targets[i]);
    value.loss += share * difference * difference;
    value.gradient[i] = 2 * share * difference;
  }
}

void add(LossValue& value, const Outputs& outputs, const OutputSum&) {
  for (size_t i = 0; i < outputs.logits.size(); ++i) {
    value.loss += outputs.logits[i];
    value.gradient[i] = 1;
  }
}

void add(LossValue& value, const Outputs& outputs, const OutputGradient& loss) {
  const auto values = outputs.part(loss.values);
  for (size_t i = 0; i < outputs.logits.size(); ++i) {
    value.gradient[i] = static_cast<double>(values[i]);
    value.loss += value.gradient[i] * outputs.logits[i];
  }
}

}  // namespace

LossValue evaluate_loss(const Loss& loss, int32_t which, std::span<const double> logits,
                        std::span<const int32_t> labels, int32_t batch) {
  const Outputs outputs{logits, labels, which, batch};
  LossValue value;
  value.gradient.assign(logits.size(), 0.0);
  std::visit([&](const auto& kind) { add(value, outputs, kind); }, loss);
  for (size_t n = 0; n < labels.size(); ++n) {
    const auto row = outputs.row(n);
    const auto best = std::max_element(row.begin(), row.end()) - row.begin();
    if (best == labels[n]) ++value.correct;
  }
  return value;
}

}  // namespace tenas
