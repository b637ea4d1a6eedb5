// The task `regions` on the fast engine.
#pragma once

#include "cpu/block_signature.hpp"
#include "cpu/task_run.hpp"
#include "kernels/signature_set.hpp"

namespace tenas::engine::TENAS_ISA {

/// Reads the signs of every ReLU as it is written.
template <class L>
class RegionsRun final : public TaskRun<L> {
 public:
  using T = typename L::T;

  RegionsRun(const EvaluationScope<L>& scope, const RegionsTask& task)
      : scope_(scope), task_(task), distinct_(int64_t{task.batches} * scope.repeat.batch) {
    fill_keys();
    signatures_.reserve(values());
  }

  void begin(int32_t, const Schedule& forward) override {
    schedule_ = &forward;
    answer_.neurons = forward.neurons;
    signatures_.zero(values());
  }

  void ran(int32_t node) override {
    if (has_neurons(scope_.plan.graph.nodes[node])) add_relu(node);
  }

  void passed(int32_t) override {
    for (int32_t block = 0; block < scope_.repeat.blocks; ++block) {
      const auto signature = BlockSignature<L>::load(signatures_.data(), block);
      for (int32_t lane = 0; lane < scope_.repeat.valid_lanes(block); ++lane) {
        distinct_.insert(signature.key(lane));
        if (task_.popcounts) answer_.popcounts.push_back(signature.active[lane]);
      }
    }
  }

  Answer answer() override {
    answer_.regions = distinct_.size();
    return std::move(answer_);
  }

 private:
  int64_t values() const { return int64_t{scope_.repeat.blocks} * BlockSignature<L>::kValues; }

  void fill_keys() const {
    auto& keys = scope_.workspace().keys;
    if (!keys.reserve(scope_.plan.neurons * kKeyWords<L>)) return;
    static_assert(sizeof(typename L::Int) * kKeyWords<L> == 16);
    for (int64_t neuron = 0; neuron < scope_.plan.neurons; ++neuron) {
      const std::array<uint64_t, 2> key = neuron_key(static_cast<uint64_t>(neuron));
      std::memcpy(keys.data() + neuron * kKeyWords<L>, key.data(), sizeof(key));
    }
  }

  /// Adds a ReLU that was just written to the signatures of all blocks.
  void add_relu(int32_t relu) {
    LaneWorkspace<L>& ws = scope_.workspace();
    const NodePlan& node = scope_.plan.nodes[relu];
    const Layout& layout = node.layout;
    for (int32_t block = 0; block < scope_.repeat.blocks; ++block) {
      auto signature = BlockSignature<L>::load(signatures_.data(), block);
      typename L::I count{};
      for (int32_t c = 0; c < layout.c; ++c) {
        const int64_t neuron = node.neuron_offset + int64_t{c} * layout.h * layout.w;
        add_to_signature<L>(ws.forward.activation(relu, block) + c * layout.channel() * L::width,
                            layout.row(), layout.h, layout.w, ws.keys.data() + neuron * kKeyWords<L>,
                            signature.words, count);
      }
      signature.active += count * static_cast<typename L::Int>(schedule_->relu_copies[relu]);
      signature.store(signatures_.data(), block);
    }
  }

  const EvaluationScope<L>& scope_;
  const RegionsTask& task_;
  const Schedule* schedule_ = nullptr;
  Buffer<typename L::Int> signatures_;
  SignatureSet distinct_;
  RegionsAnswer answer_;
};

}  // namespace tenas::engine::TENAS_ISA
