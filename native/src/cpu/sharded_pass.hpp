// A training pass: shards of a batch, each with activations and gradients of its own, which meet at the batch
// norms.
#pragma once

#include <algorithm>
#include <memory>
#include <utility>
#include <vector>

#include "base/lockstep.hpp"
#include "cpu/backward_pass.hpp"
#include "cpu/training_pass.hpp"
#include "kernels/lane_sums.hpp"

namespace tenas::engine::TENAS_ISA {

/// Some of a batch's samples, whole blocks of lanes, and their passes.
template <class L>
class Shard {
 public:
  using T = typename L::T;

  explicit Shard(std::shared_ptr<const PackedWeights<T>> weights) : repeat(std::move(weights)) {}

  int32_t first = 0;  // sample of the batch
  PreparedRepeat<L> repeat;
  LaneFactors<L> factors;
  ForwardPass<L> forward;
  std::vector<Moments> moments;  // by batch norm of the next level and channel
  BackwardPass<L, LaneAccess<L>, ThroughShards<L, LaneAccess<L>>, ParameterSums> backward;
  std::span<const NormSums> norm_sums;  // of the next group
  Buffer<T> jacobian;
  std::vector<double> parameters, coefficients;  // this shard's share of the gradients
};

template <class L>
class ShardedPass final : public TrainingPass {
 public:
  using T = typename L::T;

  explicit ShardedPass(const Plan& plan)
      : plan_(plan), weights_(std::make_shared<PackedWeights<T>>()), moments_(plan.graph.nodes.size()) {}

  void load_weights(std::span<const double> values, const ParallelFor& parallel) override {
    weights_->assign(plan_, values);
    parallel(std::ssize(plan_.graph.nodes), [&](int64_t v, int32_t) { weights_->pack(plan_, v); });
  }

  void load_images(std::span<const float> images, int32_t samples, const ParallelFor& parallel) override {
    samples_ = samples;
    const int32_t blocks = (samples + L::width - 1) / L::width;
    used_ = std::min(blocks, kMostShards);
    while (std::ssize(shards_) < used_) shards_.push_back(std::make_unique<Shard<L>>(weights_));
    const int64_t values = plan_.graph.nodes[plan_.graph.input].shape.size();
    each_shard(parallel, [&](Shard<L>& shard, int64_t s) {
      const auto block = [&](int64_t index) { return static_cast<int32_t>(blocks * index / used_); };
      shard.first = block(s) * L::width;
      const int32_t end = std::min(block(s + 1) * L::width, samples);
      shard.repeat.load(plan_, images.subspan(shard.first * values, (end - shard.first) * values), 1,
                        end - shard.first);
    });
  }

  void load_factors(const Additions& additions, const DropFactors& factors,
                    const ParallelFor& parallel) override {
    each_shard(parallel, [&](Shard<L>& shard, int64_t) {
      shard.factors.load(plan_.graph, additions, factors, shard.first, shard.repeat.batch, samples_);
    });
  }

  void forward(const TrainingSchedule& schedule, const Work& work) override {
    schedule_ = &schedule;
    for (std::vector<Moments>& each : moments_) each.clear();
    run_lockstep(
        work.parallel, used_, std::ssize(schedule.levels),
        [&](int64_t level, int64_t s) { run_level(*shards_[s], level, work.cancel); },
        [&](int64_t level) {
          if (level + 1 < std::ssize(schedule.levels)) join_moments(schedule.levels[level + 1]);
        });
  }

  void forward_running(const TrainingSchedule& schedule, const Work& work) override {
    schedule_ = &schedule;
    for (std::vector<Moments>& each : moments_) each.clear();
    each_shard(work.parallel, [&](Shard<L>& shard, int64_t) {
      shard.forward.run(plan_, schedule.executed, shard.repeat, schedule.coefficients, 0,
                        Statistics::kRunning, work.cancel, [](int32_t) {});
    });
  }

  void read_logits(int32_t node, std::span<double> logits) const override {
    const int32_t output = plan_.nodes[node].canonical;
    const Shape& shape = plan_.graph.nodes[output].shape;
    const Layout& layout = plan_.nodes[output].layout;
    const int64_t size = shape.size();
    for (const auto& shard : used_shards()) {
      for (int32_t n = 0; n < shard->repeat.batch; ++n) {
        const T* p = shard->forward.activation(output, n / L::width) + n % L::width;
        double* row = logits.data() + (shard->first + n) * size;
        for (int32_t c = 0; c < shape.c; ++c) {
          for (int32_t y = 0; y < shape.h; ++y) {
            for (int32_t x = 0; x < shape.w; ++x) {
              *row++ = static_cast<double>(p[(c * layout.channel() + y * layout.row() + x) * L::width]);
            }
          }
        }
      }
    }
  }

  std::span<const Moments> moments(int32_t node) const override { return moments_[node]; }

  void backward(std::span<const double> gradient, std::span<double> parameters,
                std::span<double> coefficients, const Work& work) override {
    const std::vector<BackwardGroup>& groups = schedule_->groups;
    std::fill(parameters.begin(), parameters.end(), 0.0);
    run_lockstep(
        work.parallel, used_, std::ssize(groups) + 1,
        [&](int64_t stretch, int64_t s) {
          Shard<L>& shard = *shards_[s];
          BackwardArgs<L> args =
              stretch == 0 ? start(shard, gradient, coefficients.size()) : args_of(shard, gradient);
          if (stretch > 0) run_group(shard, args, groups[stretch - 1], work.cancel);
          if (stretch < std::ssize(groups)) {
            shard.norm_sums = shard.backward.measure(args, groups[stretch].stages);
          }
        },
        [&](int64_t stretch) {
          if (stretch < std::ssize(groups)) join_norm_sums(groups[stretch].stages[0], parameters);
        });
    add_shares(parameters, coefficients, work.parallel);
  }

 private:
  /// More shards would not keep more threads busy than a tiny network has work for.
  static constexpr int32_t kMostShards = 16;

  std::span<const std::unique_ptr<Shard<L>>> used_shards() const { return std::span(shards_).first(used_); }

  template <class Fn>
  void each_shard(const ParallelFor& parallel, const Fn& fn) {
    parallel(used_, [&](int64_t s, int32_t) { fn(*shards_[s], s); });
  }

  /// Runs the nodes of level k and measures what the batch norms of the next level read.
  void run_level(Shard<L>& shard, size_t k, const CancelFlag& cancel) {
    const ForwardLevel& level = schedule_->levels[k];
    if (k == 0) {
      shard.forward.begin(plan_, schedule_->executed, shard.repeat, schedule_->coefficients, 0,
                          Statistics::kBatch, &shard.factors);
    }
    for (const int32_t norm : level.norms) shard.forward.normalise(norm, moments_[norm]);
    const bool last = k + 1 == schedule_->levels.size();
    const std::span<const int32_t> next = last ? std::span<const int32_t>{} : schedule_->levels[k + 1].norms;
    size_t channels = 0;
    for (const int32_t norm : next) channels += plan_.graph.nodes[norm].shape.c;
    shard.moments.resize(channels);
    for (const int32_t node : level.nodes) {
      cancel.check();
      shard.forward.advance(node);
      // While what it has written is in the cache.
      measure_readers(shard, node, next);
    }
  }

  /// Measures what those of the norms read that read this node.
  void measure_readers(Shard<L>& shard, int32_t node, std::span<const int32_t> norms) const {
    size_t first = 0;
    for (const int32_t norm : norms) {
      const Node& reader = plan_.graph.nodes[norm];
      const size_t channels = reader.shape.c;
      if (plan_.nodes[reader.inputs[0]].canonical == node) {
        shard.forward.measure(norm, std::span(shard.moments).subspan(first, channels));
      }
      first += channels;
    }
  }

  /// Mean and variance of the batch from those of the shards (Chan, Golub and LeVeque 1979).
  void join_moments(const ForwardLevel& level) {
    size_t first = 0;
    for (const int32_t norm : level.norms) {
      std::vector<Moments>& joined = moments_[norm];
      joined.assign((plan_.graph.nodes[norm].shape.c), Moments{});
      for (size_t c = 0; c < joined.size(); ++c) {
        for (const auto& shard : used_shards()) {
          joined[c].mean += share(*shard) * shard->moments[first + c].mean;
        }
        for (const auto& shard : used_shards()) {
          const Moments& own = shard->moments[first + c];
          const double apart = own.mean - joined[c].mean;
          joined[c].variance += share(*shard) * (own.variance + apart * apart);
        }
      }
      first += joined.size();
    }
  }
  /// A shard's part of the samples.
  double share(const Shard<L>& shard) const { return static_cast<double>(shard.repeat.batch) / samples_; }

  BackwardArgs<L> start(Shard<L>& shard, std::span<const double> gradient, size_t coefficients) {
    shard.parameters.assign(plan_.graph.param_values, 0.0);
    shard.coefficients.assign(coefficients, 0.0);
    shard.jacobian.reserve(schedule_->largest_rows * L::width);
    const BackwardArgs<L> args = args_of(shard, gradient);
    shard.backward.start(args);
    const std::vector<int32_t>& heads = schedule_->additions.heads;
    for (size_t k = 0; k < heads.size(); ++k) {
      shard.backward.start_head(args, heads[k], part(shard, gradient, k + 1));
    }
    return args;
  }

  /// A shard's samples of the gradient by output k: the network's, then those of the heads.
  std::span<const double> part(const Shard<L>& shard, std::span<const double> gradient, size_t k) const {
    const size_t outputs = plan_.graph.nodes[plan_.graph.output].shape.size();
    return gradient.subspan((k * samples_ + shard.first) * outputs, shard.repeat.batch * outputs);
  }

  BackwardArgs<L> args_of(Shard<L>& shard, std::span<const double> gradient) const {
    BackwardArgs<L> args;
    args.plan = &plan_;
    args.schedule = &schedule_->backward;
    args.prepared = &shard.repeat;
    args.forward = &shard.forward;
    args.factors = &shard.factors;
    args.output_gradient = part(shard, gradient, 0);
    args.jacobian = shard.jacobian.data();
    args.jacobian_stride = L::width;
    args.parameter_sums = shard.parameters.data();
    args.coefficient_sums = shard.coefficients.data();
    return args;
  }

  /// Adds up the shards' sums of a stage, which hold the gradients of its batch norms' scales and shifts.
  void join_norm_sums(const BackwardStage& stage, std::span<double> parameters) {
    norm_sums_.assign(shards_[0]->norm_sums.begin(), shards_[0]->norm_sums.end());
    for (const auto& shard : used_shards().subspan(1)) {
      for (size_t i = 0; i < norm_sums_.size(); ++i) {
        norm_sums_[i].gradient += shard->norm_sums[i].gradient;
        norm_sums_[i].product += shard->norm_sums[i].product;
      }
    }
    for (const auto& shard : used_shards()) shard->backward.norms().give(norm_sums_, samples_);
    size_t next = 0;
    for (const Chain& chain : stage.chains) {
      if (chain.ops.empty()) continue;
      const int32_t v = chain.ops[0];
      const Node& node = plan_.graph.nodes[v];
      if (node.op != Op::kBatchNorm) continue;
      const Normalisation<T>& norm = shards_[0]->forward.normalisation(v);
      for (int32_t c = 0; c < chain.root.c; ++c, ++next) {
        const NormSums& sums = norm_sums_[next];
        add(node.weight, c, chain.scale * norm.inverse_deviation[c] * sums.product, parameters);
        add(node.bias, c, chain.scale * sums.gradient, parameters);
      }
    }
  }
  void add(int32_t param, int32_t index, double value, std::span<double> parameters) const {
    if (param < 0 || schedule_->backward.jacobian_row[param] < 0) return;
    parameters[plan_.graph.params[param].offset + index] += value;
  }

  void run_group(Shard<L>& shard, BackwardArgs<L>& args, const BackwardGroup& group,
                 const CancelFlag& cancel) {
    args.first_row = group.stages.front().jacobian_begin;
    const auto row = [&](int32_t id) {
      return shard.jacobian.data() + (schedule_->backward.jacobian_row[id] - args.first_row) * L::width;
    };
    for (const int32_t id : group.weights) {
      std::fill_n(row(id), plan_.graph.params[id].size * L::width, T{0});
    }
    shard.backward.run(args, group.stages, cancel);
    for (const int32_t id : group.weights) {
      const Param& param = plan_.graph.params[id];
      add_lane_sums<L>(row(id), param.size, shard.parameters.data() + param.offset);
    }
  }

  /// Adds the shards' shares in the order of the shards.
  void add_shares(std::span<double> parameters, std::span<double> coefficients, const ParallelFor& parallel) {
    constexpr size_t kChunk = size_t{1} << 14;
    parallel(static_cast<int64_t>((parameters.size() + kChunk - 1) / kChunk), [&](int64_t chunk, int32_t) {
      const size_t begin = chunk * kChunk, end = std::min(begin + kChunk, parameters.size());
      for (const auto& shard : used_shards()) {
        for (size_t i = begin; i < end; ++i) parameters[i] += shard->parameters[i];
      }
    });
    std::fill(coefficients.begin(), coefficients.end(), 0.0);
    for (const auto& shard : used_shards()) {
      for (size_t i = 0; i < coefficients.size(); ++i) coefficients[i] += shard->coefficients[i];
    }
  }

  const Plan& plan_;
  const std::shared_ptr<PackedWeights<T>> weights_;
  std::vector<std::unique_ptr<Shard<L>>> shards_;
  int32_t samples_ = 0, used_ = 0;
  const TrainingSchedule* schedule_ = nullptr;
  std::vector<std::vector<Moments>> moments_;  // by node and channel
  std::vector<NormSums> norm_sums_;
};

}  // namespace tenas::engine::TENAS_ISA
