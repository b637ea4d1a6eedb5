// One forward and backward pass over a batch that is cut into shards, one implementation per instruction set.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "base/cancel.hpp"
#include "base/parallel.hpp"
#include "plan/training_schedule.hpp"
#include "train/training.hpp"

namespace tenas::engine {

/// Mean and (biased) variance of one channel.
struct Moments {
  double mean = 0, variance = 0;
};

/// Sums over samples and pixels of one channel: the output gradient of a batch norm, and its product with
/// (input - mean).
struct NormSums {
  double gradient = 0, product = 0;
};

/// How a pass works: on which threads, and until when.
struct Work {
  const ParallelFor& parallel;
  CancelFlag cancel;
};

/// Memory for passes over one batch at a time, kept between them. The batch is cut into shards whose number
/// depends on its size alone; sums are kept per shard and added in the order of the shards, so that results
/// do not depend on the threads.
class TrainingPass {
 public:
  virtual ~TrainingPass() = default;

  /// Takes the values of all parameters, running statistics among them.
  virtual void load_weights(std::span<const double> values, const ParallelFor& parallel) = 0;
  /// Takes a batch of images, [samples][C][H][W].
  virtual void load_images(std::span<const float> images, int32_t samples, const ParallelFor& parallel) = 0;

  /// Takes the factors of the batch's samples, as the additions of the schedule that runs next want them.
  virtual void load_factors(const Additions& additions, const DropFactors& factors,
                            const ParallelFor& parallel) = 0;

  /// Runs the batch forward with its own statistics. The schedule must stay until after `backward`.
  virtual void forward(const TrainingSchedule& schedule, const Work& work) = 0;
  /// Runs the batch forward with the running statistics.
  virtual void forward_running(const TrainingSchedule& schedule, const Work& work) = 0;
  /// The network's output or a head in the last forward pass, [samples][output values].
  virtual void read_logits(int32_t node, std::span<double> logits) const = 0;
  /// Statistics of batch norm `node` in the last `forward`, by channel; empty if it did not run.
  virtual std::span<const Moments> moments(int32_t node) const = 0;

  /// After `forward`: the gradient by parameters [values] and mixing coefficients [slots] of a loss whose
  /// gradient by network and heads is given, [outputs][samples][values]. Both are overwritten; the schedule
  /// says which of their values are of interest.
  virtual void backward(std::span<const double> gradient, std::span<double> parameters,
                        std::span<double> coefficients, const Work& work) = 0;
};

}  // namespace tenas::engine
