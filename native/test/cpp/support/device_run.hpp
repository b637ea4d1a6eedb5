// Evaluates networks as device kernels: on the host executor, or with TENAS_TEST_DEVICE=cuda on a real
// device.
#pragma once

#include <cstdlib>
#include <memory>
#include <string>
#include <vector>

#include "cuda/availability.hpp"
#include "cuda/evaluate.hpp"
#include "support/compare.hpp"
#include "support/host_device.hpp"
#include "support/random_graph.hpp"

namespace tenas::test {

inline bool on_real_device() {
  const char* wanted = std::getenv("TENAS_TEST_DEVICE");
  return wanted != nullptr && std::string(wanted) == "cuda";
}

/// Results by [candidate][repeat].
using DeviceResults = std::vector<std::vector<cuda::DeviceResult>>;

inline DeviceResults run_on(cuda::Device& device, const engine::Plan& plan,
                            const cuda::DeviceRequest& request) {
  DeviceResults results(request.candidates.size());
  for (auto& each : results) each.resize(request.repeats.size());
  cuda::evaluate_on_device(
      device, plan, request,
      [&](int64_t candidate, int64_t repeat, cuda::DeviceResult result) {
        results[candidate][repeat] = std::move(result);
      },
      CancelFlag());
  return results;
}

/// A plan whose evaluations run as device kernels; the graph must outlive it.
class OnDevice {
 public:
  explicit OnDevice(const Graph& graph, uint64_t seed = 1)
      : plan_(graph, engine::Purpose::kDirect), seed_(seed) {}

  cuda::DeviceResult forward(const Sample& s, std::span<const double> coefficients, Statistics statistics) {
    cuda::DeviceRequest request = of(s, coefficients);
    request.wanted = cuda::Wanted::kForward;
    request.statistics = statistics;
    return single(request);
  }
  cuda::DeviceResult ntk(const Sample& s, std::span<const double> coefficients, NtkMode mode) {
    cuda::DeviceRequest request = of(s, coefficients);
    request.wanted = cuda::Wanted::kNtk;
    request.mode = mode;
    return single(request);
  }
  RegionsAnswer regions(const Sample& s, std::span<const double> coefficients) {
    cuda::DeviceRequest request = of(s, coefficients);
    request.wanted = cuda::Wanted::kRegions;
    request.popcounts = true;
    return single(request).regions;
  }

  GradientAnswer gradient(const Sample& s, std::span<const double> coefficients, const GradientTask& task) {
    const std::vector<int32_t> labels = s.labels(output_values(plan_.graph));
    cuda::DeviceRequest request = of(s, coefficients);
    request.batches = task.batches;
    request.wanted = cuda::Wanted::kGradient;
    request.gradient = &task;
    request.repeats[0].labels = labels;
    return single(request).gradient;
  }

  /// On the real device, or on a host executor with another order of blocks and threads every time.
  DeviceResults run(const cuda::DeviceRequest& request) {
    if (on_real_device()) return run_on(cuda::cuda_device(), plan_, request);
    HostDevice device(seed_++);
    return run_on(device, plan_, request);
  }
  const engine::Plan& plan() const { return plan_; }

  static cuda::DeviceRequest of(const Sample& s, std::span<const double> coefficients) {
    cuda::DeviceRequest request;
    request.batch = s.batch;
    request.batches = s.batches;
    request.repeats.push_back({s.inputs, std::span<const float>(s.weights)});
    request.candidates.push_back(coefficients);
    return request;
  }

 private:
  cuda::DeviceResult single(const cuda::DeviceRequest& request) { return std::move(run(request)[0][0]); }

  engine::Plan plan_;
  uint64_t seed_;
};

}  // namespace tenas::test
