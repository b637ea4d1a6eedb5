// A network in training on a device: its parameters, and memory for passes over batches of one size.
#pragma once

#include <memory>
#include <span>
#include <vector>

#include "cuda/backward_tape.hpp"
#include "cuda/forward_tape.hpp"
#include "cuda/gradient_memory.hpp"
#include "cuda/merged_tapes.hpp"
#include "cuda/portion.hpp"
#include "train/state.hpp"

namespace tenas::cuda {

/// Parameters and the optimiser's moments on the device, as doubles and as the kernels read them.
class TrainedParameters {
 public:
  TrainedParameters(Device& device, const engine::Plan& plan, const TrainingState& state);

  /// Points an item to them.
  void place(Item& item) const;
  /// Takes a whole state.
  void give(const TrainingState& state);
  /// Takes the running statistics of a state.
  void give_running(const TrainingState& state);
  /// Replaces all of a state's values and moments but the running statistics.
  void fetch(TrainingState& state) const;

 private:
  Device& device_;
  const engine::Plan& plan_;
  DeviceBuffer<double> values_, first_, second_;
  DeviceBuffer<float> plain_, packed_;
};

/// Which additions take part in a pass.
struct ActiveAdditions {
  bool heads = false, drop_path = false, dropout = false;
  bool operator==(const ActiveAdditions&) const = default;
};

/// One way through the network: mixing coefficients, statistics, what is differentiated, and additions.
struct TrainingPath {
  std::vector<double> coefficients;
  tenas::Statistics statistics = tenas::Statistics::kBatch;
  GradientTargets of;
  ActiveAdditions additions = {};
};

/// Passes over batches of `samples` samples. The work of the last paths stays on the device.
class TrainingPasses {
 public:
  /// `additions` are those that paths may have; they and the parameters must outlive the passes.
  TrainingPasses(Device& device, const engine::Plan& plan, const Additions& additions,
                 const TrainedParameters& parameters, int32_t samples);

  int32_t samples() const { return layout_.batch(); }
  /// Chooses the path of the next calls. Returns the nodes that run forward.
  const engine::Schedule& choose(const TrainingPath& path);
  /// Runs images [samples][C][H][W] forward. `packed`: the convolutions' weights are in order already.
  /// `factors` are needed if the path has some.
  void forward(std::span<const float> images, bool packed, const std::function<void()>& check,
               const DropFactors& factors = {});
  /// After `forward`: outputs [samples][output values] of the network, or (k > 0) of a head; and the mean and
  /// variance that each channel of a batch norm was normalised by, [channels][2]; empty if it did not run.
  std::vector<double> logits(int64_t k = 0) const;
  std::vector<double> moments(int32_t norm) const;
  /// After `forward`: gradients of a loss with a given gradient by the outputs. Returns those by mixing
  /// coefficients, [slots], if they are targets of the path.
  std::vector<double> backward(std::span<const double> output_gradient, const std::function<void()>& check);
  /// After `backward`: the norm of the gradient over some parameters.
  double gradient_norm(const ParameterSet& parameters);
  /// After `backward`: updates parameters.
  void update(std::span<const UpdateStep> steps);

 private:
  struct Path {
    TrainingPath key;
    engine::Schedule executed;
    BackwardTape backward;
    std::unique_ptr<MergedTapes> forward_launches, backward_launches, sum_launches;
  };
  Additions additions_of(const ActiveAdditions& active) const;
  bool differentiates(const TrainingPath& path) const { return path.of.parameters || path.of.coefficients; }
  void make(const TrainingPath& path);
  /// Makes room for the gradients of the current path.
  void grow();
  void place_items();
  void run(const Tape& tape);

  Device& device_;
  const DeviceLayout layout_;
  const DeviceTables tables_;
  const Additions& additions_;
  const DropLayout drop_;
  const TrainedParameters& parameters_;
  GradientBuffers buffers_;
  Slices<float> inputs_, activations_, logits_, factors_;
  Slices<double> norms_;
  DeviceBuffer<float> images_;
  Slices<float> gradients_;
  Slices<double> sums_;
  GradientSizes sizes_;
  GradientMemory gradient_;
  DeviceBuffer<double> squares_;
  DeviceBuffer<Item> items_;  // forward, backward
  std::unique_ptr<MergedTapes> inputs_launches_, pack_launches_;
  std::unique_ptr<MergedTapes> last_;         // its steps must stay until they have run
  std::vector<std::unique_ptr<Path>> paths_;  // the oldest first
  Path* path_ = nullptr;
  std::vector<double> host_norms_;
};

}  // namespace tenas::cuda
