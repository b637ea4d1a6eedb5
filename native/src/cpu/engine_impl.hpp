// The engine for one lane type; included once per instruction set.
#pragma once

#include <algorithm>
#include <array>
#include <unordered_set>

#include "cpu/backward_pass.hpp"
#include "cpu/block_signature.hpp"
#include "kernels/gram.hpp"
#include "kernels/signature_set.hpp"

namespace tenas::engine::TENAS_ISA {

/// Output directions in blocks of a whole vector, then blocks of fewer lanes for what does not fill one.
struct DirectionBlocks {
  int32_t wide = 0, narrow = 0;
};

/// Splits so that no more lanes than needed are idle and `workers` are equally busy.
inline DirectionBlocks split_directions(int32_t directions, int32_t width, int32_t narrow, int32_t workers) {
  if (narrow == width) return {(directions + width - 1) / width, 0};
  const int32_t share = width / narrow;
  const int32_t parts = (directions + narrow - 1) / narrow;
  const int32_t wide = parts / (share * workers) * workers;
  return {wide, parts - wide * share};
}

template <class L>
class LaneWorkspace final : public Workspace {
 public:
  using T = typename L::T;
  ForwardPass<L> forward;
  BackwardPass<L, LaneAccess<L>> by_sample;
  BackwardPass<L, BroadcastAccess<L>> by_direction;
  BackwardPass<typename L::Narrow, BroadcastAccess<typename L::Narrow>, L> by_few_directions;
  Buffer<T> jacobian, sample_major;
  Buffer<double> gram;
  Buffer<typename L::Int> keys, signatures;
};

template <class L>
class LaneEngine final : public Engine {
 public:
  using T = typename L::T;
  static constexpr int W = L::width;

  explicit LaneEngine(const Plan& plan) : plan_(plan) {}
  int32_t lanes() const override { return W; }
  std::unique_ptr<Workspace> make_workspace() const override { return std::make_unique<LaneWorkspace<L>>(); }

  std::unique_ptr<Prepared> prepare(std::span<const float> inputs, std::span<const float> weights,
                                    int32_t batches, int32_t batch) const override {
    return std::make_unique<PreparedRepeat<L>>(plan_, inputs, weights, batches, batch);
  }

  std::vector<float> forward(Workspace& workspace, const Prepared& prepared,
                             std::span<const double> coefficients, Statistics statistics,
                             const CancelFlag& cancel) const override {
    auto& ws = static_cast<LaneWorkspace<L>&>(workspace);
    const auto& repeat = static_cast<const PreparedRepeat<L>&>(prepared);
    const Schedule schedule = schedule_forward(plan_, coefficients);
    ws.forward.run(plan_, schedule, repeat, coefficients, 0, statistics, cancel);
    return output(ws, repeat);
  }

  std::vector<float> statistics(const Workspace& workspace) const override {
    const auto& ws = static_cast<const LaneWorkspace<L>&>(workspace);
    std::vector<float> values;
    for (size_t v = 0; v < plan_.graph.nodes.size(); ++v) {
      const Node& node = plan_.graph.nodes[v];
      if (node.op != Op::kBatchNorm) continue;
      const Normalisation<T>& norm = ws.forward.normalisation(static_cast<int32_t>(v));
      const auto channels = static_cast<size_t>(node.shape.c);
      const bool ran = norm.mean.size() == channels;
      for (size_t c = 0; c < channels; ++c) values.push_back(ran ? static_cast<float>(norm.mean[c]) : 0.0f);
      for (size_t c = 0; c < channels; ++c) {
        const double inverse = ran ? norm.inverse_deviation[c] : 1.0;
        values.push_back(static_cast<float>(ran ? std::max(1.0 / (inverse * inverse) - node.eps, 0.0) : 1.0));
      }
    }
    return values;
  }

  NtkResult ntk(std::span<Workspace* const> workspaces, const Prepared& prepared,
                std::span<const double> coefficients, NtkMode mode, const ParallelFor& parallel,
                const CancelFlag& cancel) const override {
    auto& ws = static_cast<LaneWorkspace<L>&>(*workspaces[0]);
    const auto& repeat = static_cast<const PreparedRepeat<L>&>(prepared);
    const Schedule schedule = schedule_backward(plan_, coefficients);
    const std::vector<std::span<const Stage>> groups = joined_stages(schedule);
    ws.forward.run(plan_, schedule, repeat, coefficients, 0, Statistics::kBatch, cancel);
    const int32_t padded = repeat.blocks * W;
    ws.gram.reserve(static_cast<size_t>(padded) * static_cast<size_t>(padded));
    ws.gram.zero(static_cast<size_t>(padded) * static_cast<size_t>(padded));

    BackwardTask<L> task;
    task.plan = &plan_;
    task.schedule = &schedule;
    task.prepared = &repeat;
    task.forward = &ws.forward;
    task.jacobian_stride = padded;
    if (mode == NtkMode::kSample) {
      int64_t rows = 0;
      for (const auto stages : groups) rows = std::max(rows, jacobian_rows(stages));
      ws.jacobian.reserve(static_cast<size_t>(rows * padded));
      task.jacobian = ws.jacobian.data();
      ws.by_sample.start(task);
      for (const auto stages : groups) {
        const int64_t count = jacobian_rows(stages);
        ws.jacobian.zero(static_cast<size_t>(count * padded));
        task.first_row = stages.front().jacobian_begin;
        ws.by_sample.run(task, stages, cancel);
        gram<L>(task.jacobian, count, padded, padded, ws.gram.data());
      }
    } else {
      const auto values = static_cast<size_t>(schedule.jacobian_rows * padded);
      ws.jacobian.reserve(values);
      ws.jacobian.zero(values);
      task.jacobian = ws.jacobian.data();
      copy_sample_major(ws, repeat, schedule);
      task.sample_major = ws.sample_major.data();
      const DirectionBlocks blocks =
          split_directions(repeat.batch, W, L::Narrow::width, static_cast<int32_t>(workspaces.size()));
      parallel(blocks.wide + blocks.narrow, [&](int64_t block, int32_t worker) {
        auto& own = static_cast<LaneWorkspace<L>&>(*workspaces[static_cast<size_t>(worker)]);
        BackwardTask<L> part = task;
        const auto run = [&](auto& pass) {
          pass.start(part);
          for (const auto stages : groups) pass.run(part, stages, cancel);
        };
        const auto index = static_cast<int32_t>(block);
        if (index < blocks.wide) {
          part.first_direction = index * W;
          run(own.by_direction);
        } else {
          part.first_direction = blocks.wide * W + (index - blocks.wide) * L::Narrow::width;
          run(own.by_few_directions);
        }
      });
      gram<L>(task.jacobian, schedule.jacobian_rows, padded, padded, ws.gram.data());
    }

    NtkResult result;
    const auto n = static_cast<size_t>(repeat.batch);
    result.kernel.resize(n * n);
    for (size_t i = 0; i < n; ++i) {
      for (size_t j = i; j < n; ++j) {
        result.kernel[i * n + j] = result.kernel[j * n + i] =
            ws.gram.data()[i * static_cast<size_t>(padded) + j];
      }
    }
    result.logits = output(ws, repeat);
    return result;
  }

  RegionsResult regions(Workspace& workspace, const Prepared& prepared, std::span<const double> coefficients,
                        bool want_popcounts, const CancelFlag& cancel) const override {
    auto& ws = static_cast<LaneWorkspace<L>&>(workspace);
    const auto& repeat = static_cast<const PreparedRepeat<L>&>(prepared);
    const Schedule schedule = schedule_forward(plan_, coefficients);
    fill_keys(ws);
    SignatureSet distinct(static_cast<size_t>(repeat.batches) * static_cast<size_t>(repeat.batch));
    RegionsResult result;
    result.neurons = schedule.neurons;
    const auto values = static_cast<size_t>(repeat.blocks) * BlockSignature<L>::kValues;
    ws.signatures.reserve(values);
    for (int32_t which = 0; which < repeat.batches; ++which) {
      ws.signatures.zero(values);
      ws.forward.run(plan_, schedule, repeat, coefficients, which, Statistics::kBatch, cancel,
                     [&](int32_t relu) { add_relu(ws, repeat, schedule, relu); });
      for (int32_t block = 0; block < repeat.blocks; ++block) {
        const auto signature = BlockSignature<L>::load(ws.signatures.data(), block);
        for (int32_t lane = 0; lane < repeat.valid_lanes(block); ++lane) {
          distinct.insert(signature.key(lane));
          if (want_popcounts) result.popcounts.push_back(static_cast<int32_t>(signature.active[lane]));
        }
      }
    }
    result.regions = static_cast<int64_t>(distinct.size());
    return result;
  }

 private:
  std::vector<float> output(const LaneWorkspace<L>& ws, const PreparedRepeat<L>& repeat) const {
    const int32_t output = plan_.nodes[static_cast<size_t>(plan_.graph.output)].canonical;
    const Layout& layout = plan_.nodes[static_cast<size_t>(output)].layout;
    std::vector<float> values;
    values.reserve(
        static_cast<size_t>(repeat.batch) *
        static_cast<size_t>(plan_.graph.nodes[static_cast<size_t>(plan_.graph.output)].shape.size()));
    for (int32_t sample = 0; sample < repeat.batch; ++sample) {
      const T* p = ws.forward.activation(output, sample / W) + sample % W;
      for (int32_t c = 0; c < layout.c; ++c) {
        for (int32_t y = 0; y < layout.h; ++y) {
          for (int32_t x = 0; x < layout.w; ++x) {
            values.push_back(static_cast<float>(p[(c * layout.channel() + y * layout.row() + x) * W]));
          }
        }
      }
    }
    return values;
  }

  /// Copies stored activations from [block][pixel][lane] to [sample][pixel], halos included.
  void copy_sample_major(LaneWorkspace<L>& ws, const PreparedRepeat<L>& repeat,
                         const Schedule& schedule) const {
    const auto& input = plan_.nodes[static_cast<size_t>(plan_.graph.input)].layout;
    ws.sample_major.reserve(static_cast<size_t>((plan_.arena_pixels + input.size()) * repeat.batch));
    for (const int32_t v : schedule.forward) {
      const NodePlan& node = plan_.nodes[static_cast<size_t>(v)];
      if (!node.stored) continue;
      const int64_t pixels = node.layout.size();
      for (int32_t sample = 0; sample < repeat.batch; ++sample) {
        const T* source = ws.forward.activation(v, sample / W) - node.layout.origin() * W + sample % W;
        T* target = ws.sample_major.data() + sample_major_offset(plan_, v, sample, repeat.batch) -
                    node.layout.origin();
        for (int64_t i = 0; i < pixels; ++i) target[i] = source[i * W];
      }
    }
  }

  void fill_keys(LaneWorkspace<L>& ws) const {
    const auto words = static_cast<size_t>(plan_.neurons) * kKeyWords<L>;
    if (!ws.keys.reserve(words)) return;
    static_assert(sizeof(typename L::Int) * kKeyWords<L> == 16);
    for (int64_t neuron = 0; neuron < plan_.neurons; ++neuron) {
      const std::array<uint64_t, 2> key = neuron_key(static_cast<uint64_t>(neuron));
      std::memcpy(ws.keys.data() + neuron * kKeyWords<L>, key.data(), sizeof(key));
    }
  }

  /// Adds a ReLU that was just written to the signatures of all blocks.
  void add_relu(LaneWorkspace<L>& ws, const PreparedRepeat<L>& repeat, const Schedule& schedule,
                int32_t relu) const {
    const NodePlan& node = plan_.nodes[static_cast<size_t>(relu)];
    const Layout& layout = node.layout;
    for (int32_t block = 0; block < repeat.blocks; ++block) {
      auto signature = BlockSignature<L>::load(ws.signatures.data(), block);
      typename L::I count{};
      for (int32_t c = 0; c < layout.c; ++c) {
        const int64_t neuron = node.neuron_offset + int64_t{c} * layout.h * layout.w;
        add_to_signature<L>(ws.forward.activation(relu, block) + c * layout.channel() * W, layout.row(),
                            layout.h, layout.w, ws.keys.data() + neuron * kKeyWords<L>, signature.words,
                            count);
      }
      signature.active +=
          count * static_cast<typename L::Int>(schedule.relu_copies[static_cast<size_t>(relu)]);
      signature.store(ws.signatures.data(), block);
    }
  }

  const Plan& plan_;
};

}  // namespace tenas::engine::TENAS_ISA
