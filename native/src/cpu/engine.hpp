// The fast engine's interface, one implementation per instruction set behind it.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string_view>
#include <vector>

#include "base/cancel.hpp"
#include "base/parallel.hpp"
#include "cpu/training_pass.hpp"
#include "plan/plan.hpp"
#include "tasks/task.hpp"

namespace tenas::engine {

/// Inputs in lane layout and weights packed for the kernels; shared by all candidates of a repeat, read-only.
class Prepared {
 public:
  virtual ~Prepared() = default;
};

/// Buffers of one thread, kept between evaluations.
class Workspace {
 public:
  virtual ~Workspace() = default;
};

/// A network compiled for one instruction set. All methods are const and may run in parallel with separate
/// workspaces.
class Engine {
 public:
  virtual ~Engine() = default;
  virtual int32_t lanes() const = 0;
  virtual std::unique_ptr<Workspace> make_workspace() const = 0;
  /// Memory for training; the engine must outlive it. Its plan must be for training or gradients.
  virtual std::unique_ptr<TrainingPass> make_training_pass() const = 0;

  /// `inputs` is [batches][batch][C][H][W], `labels` [batches][batch] or empty, `weights` holds
  /// graph.param_values values.
  virtual std::unique_ptr<Prepared> prepare(std::span<const float> inputs, std::span<const int32_t> labels,
                                            std::span<const float> weights, int32_t batches,
                                            int32_t batch) const = 0;

  /// The same of batches of one sample each, for `evaluate_singles`: `samples` of them.
  virtual std::unique_ptr<Prepared> prepare_singles(std::span<const float> inputs,
                                                    std::span<const int32_t> labels,
                                                    std::span<const float> weights,
                                                    int32_t samples) const = 0;

  /// The answers to `tasks`, in their order. Tasks that normalise alike share a forward pass. Work that can
  /// be split within one evaluation is spread by `parallel` over `workspaces` (at least one; worker w uses
  /// workspaces[w]); the answers do not depend on how. Throws Error CANCELLED, OUT_OF_MEMORY, NO_CONVERGENCE.
  virtual std::vector<Answer> evaluate(std::span<Workspace* const> workspaces, const Prepared& prepared,
                                       std::span<const double> coefficients, std::span<const Task> tasks,
                                       const ParallelFor& parallel, const CancelFlag& cancel) const = 0;

  /// The answers to tasks `gradient` through the statistics of batches of one sample each, which read all
  /// batches. These go through the network side by side, in lanes.
  virtual std::vector<Answer> evaluate_singles(Workspace& workspace, const Prepared& prepared,
                                               std::span<const double> coefficients,
                                               std::span<const Task> tasks,
                                               const CancelFlag& cancel) const = 0;
};

/// Instruction sets that this build has and this CPU runs, best first; "generic" is always last.
std::vector<std::string_view> available_isas();
/// Lanes of an instruction set's single-precision vectors.
int32_t isa_lanes(std::string_view isa);
/// The instruction set for batches of one sample: of those that give the same results but for rounding the
/// one that leaves the fewest lanes idle and still has fused multiply-adds.
std::string_view isa_for_one();

/// The name of the double-precision build that takes over from an instruction set whose values overflow: with
/// AVX2 and FMA where the CPU has them, but the plain one for the baseline, whose bits are the same
/// everywhere.
std::string_view isa_of_double(std::string_view isa);
/// Compiles a plan for an instruction set ("" = best; "double" = the same kernels in double precision, for
/// tests). Throws Error ISA_UNAVAILABLE. The plan must outlive the engine.
std::unique_ptr<Engine> make_engine(const Plan& plan, std::string_view isa);

}  // namespace tenas::engine
