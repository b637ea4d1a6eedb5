// The fast engine's interface, one implementation per instruction set behind it.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string_view>
#include <vector>

#include "base/cancel.hpp"
#include "base/parallel.hpp"
#include "plan/plan.hpp"
#include "tasks/forward.hpp"
#include "tasks/ntk.hpp"
#include "tasks/regions.hpp"

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

  /// `inputs` is [batches][batch][C][H][W], `weights` holds graph.param_values values.
  virtual std::unique_ptr<Prepared> prepare(std::span<const float> inputs, std::span<const float> weights,
                                            int32_t batches, int32_t batch) const = 0;

  /// Output values [batch][output values] of the first batch.
  virtual std::vector<float> forward(Workspace& workspace, const Prepared& prepared,
                                     std::span<const double> coefficients, Statistics statistics,
                                     const CancelFlag& cancel) const = 0;

  /// Mean and variance that each batch norm used in the workspace's last forward pass: for every batch-norm
  /// node in order its means, then its variances (0 and 1 for nodes that did not run).
  virtual std::vector<float> statistics(const Workspace& workspace) const = 0;

  /// Empirical NTK of the first batch. In batch mode blocks of output directions are spread by `parallel`
  /// over `workspaces` (at least one; worker w uses workspaces[w]).
  virtual NtkResult ntk(std::span<Workspace* const> workspaces, const Prepared& prepared,
                        std::span<const double> coefficients, NtkMode mode, const ParallelFor& parallel,
                        const CancelFlag& cancel) const = 0;

  /// Distinct ReLU sign patterns over all batches, each normalised by its own statistics.
  virtual RegionsResult regions(Workspace& workspace, const Prepared& prepared,
                                std::span<const double> coefficients, bool want_popcounts,
                                const CancelFlag& cancel) const = 0;
};

/// Instruction sets that this build has and this CPU runs, best first; "generic" is always last.
std::vector<std::string_view> available_isas();
/// Lanes of an instruction set's single-precision vectors.
int32_t isa_lanes(std::string_view isa);
/// Compiles a plan for an instruction set ("" = best; "double" = the same kernels in double precision, for
/// tests). Throws Error ISA_UNAVAILABLE. The plan must outlive the engine.
std::unique_ptr<Engine> make_engine(const Plan& plan, std::string_view isa);

}  // namespace tenas::engine
