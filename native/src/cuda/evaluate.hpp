// Evaluates candidates x repeats on a device, in portions that fit its memory.
#pragma once

#include <functional>
#include <memory>
#include <span>
#include <variant>
#include <vector>

#include "base/cancel.hpp"
#include "cuda/device.hpp"
#include "parameters/init.hpp"
#include "plan/plan.hpp"
#include "tasks/forward.hpp"
#include "tasks/gradient.hpp"
#include "tasks/ntk.hpp"
#include "tasks/regions.hpp"

namespace tenas::cuda {

/// Weights as values, or the numbers that generate them on the device.
struct GeneratedWeights {
  uint64_t seed = 0;
  uint32_t repeat = 0;
  Init init = Init::kKaimingFanOut;
};
struct DeviceRepeat {
  std::span<const float> inputs;  // [batches][N][C][H][W]
  std::variant<GeneratedWeights, std::span<const float>> weights;
  std::span<const int32_t> labels = {};  // [batches][N], where the gradient's loss reads them
};

enum class Wanted : int32_t { kForward, kNtk, kRegions, kGradient };

struct DeviceRequest {
  Wanted wanted = Wanted::kForward;
  tenas::Statistics statistics = tenas::Statistics::kBatch;
  NtkMode mode = NtkMode::kSample;
  bool popcounts = false;
  const GradientTask* gradient = nullptr;  // of Wanted::kGradient
  int32_t batch = 0, batches = 1;
  std::vector<DeviceRepeat> repeats;
  std::vector<std::span<const double>> candidates;  // mixing coefficients
};

/// The answers of one candidate and repeat; the fields of other evaluations stay empty.
struct DeviceResult {
  std::vector<float> logits, statistics;
  std::vector<double> kernel;
  RegionsAnswer regions;
  GradientAnswer gradient;
};

/// Calls `done(candidate, repeat, result)` for each evaluation. `plan` must be direct. Throws
/// Error OUT_OF_MEMORY if not even one evaluation fits, CANCELLED, CUDA_FAILED.
void evaluate_on_device(Device& device, const engine::Plan& plan, const DeviceRequest& request,
                        const std::function<void(int64_t, int64_t, DeviceResult)>& done,
                        const CancelFlag& cancel);

}  // namespace tenas::cuda
