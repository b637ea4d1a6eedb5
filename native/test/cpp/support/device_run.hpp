// Evaluates networks on the host executor.
#pragma once

#include <vector>

#include "cuda/evaluation.hpp"
#include "support/compare.hpp"
#include "support/host_device.hpp"

namespace tenas::test {

/// A plan whose evaluations run as device kernels; the graph must outlive it.
class OnHostDevice {
 public:
  explicit OnHostDevice(const Graph& graph, uint64_t seed = 1) : plan_(graph), seed_(seed) {}

  cuda::DeviceResult forward(const Sample& s, std::span<const double> coefficients,
                             engine::Statistics statistics) {
    cuda::DeviceRequest request = of(s, coefficients);
    request.wanted = cuda::Wanted::kForward;
    request.statistics = statistics;
    return single(request);
  }
  cuda::DeviceResult ntk(const Sample& s, std::span<const double> coefficients, engine::NtkMode mode) {
    cuda::DeviceRequest request = of(s, coefficients);
    request.wanted = cuda::Wanted::kNtk;
    request.mode = mode;
    return single(request);
  }
  engine::RegionsResult regions(const Sample& s, std::span<const double> coefficients) {
    cuda::DeviceRequest request = of(s, coefficients);
    request.wanted = cuda::Wanted::kRegions;
    request.popcounts = true;
    return single(request).regions;
  }

  /// Results by [candidate][repeat], in the order of `done`.
  std::vector<std::vector<cuda::DeviceResult>> run(HostDevice& device, const cuda::DeviceRequest& request) {
    std::vector<std::vector<cuda::DeviceResult>> results(request.candidates.size());
    for (auto& each : results) each.resize(request.repeats.size());
    cuda::evaluate_on_device(
        device, plan_, request,
        [&](int64_t candidate, int64_t repeat, cuda::DeviceResult result) {
          results[static_cast<size_t>(candidate)][static_cast<size_t>(repeat)] = std::move(result);
        },
        engine::CancelFlag());
    return results;
  }

  static cuda::DeviceRequest of(const Sample& s, std::span<const double> coefficients) {
    cuda::DeviceRequest request;
    request.batch = s.batch;
    request.batches = s.batches;
    request.repeats.push_back({s.inputs, std::span<const float>(s.weights)});
    request.candidates.push_back(coefficients);
    return request;
  }

 private:
  cuda::DeviceResult single(const cuda::DeviceRequest& request) {
    HostDevice device(seed_++);
    cuda::DeviceResult result = std::move(run(device, request)[0][0]);
    if (device.broken_guards() != 0) throw std::runtime_error("a kernel wrote to a guard zone");
    return result;
  }

  engine::Plan plan_;
  uint64_t seed_;
};

}  // namespace tenas::test
