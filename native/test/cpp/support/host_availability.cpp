// An addon whose CUDA device is the host executor. With TENAS_HOST_EXECUTOR_REPORT in the environment it says
// at its end what it launched and how much memory was in use at most.
#include <cstdio>
#include <cstdlib>

#include "cuda/availability.hpp"
#include "support/host_device.hpp"

namespace tenas::cuda {
namespace {

struct Reporting {
  test::HostDevice device{1};
  ~Reporting() {
    if (std::getenv("TENAS_HOST_EXECUTOR_REPORT") == nullptr) return;
    int64_t launches = 0;
    for (const auto& [kernel, count] : device.launches()) launches += count;
    std::fprintf(stderr, "host executor: %lld launches, %.1f MB at most\n", static_cast<long long>(launches),
                 static_cast<double>(device.peak_bytes()) / 1e6);
  }
};

}  // namespace

const Availability& availability() {
  static const Availability here{true, "", "host executor"};
  return here;
}

Device& cuda_device() {
  static Reporting reporting;
  return reporting.device;
}

}  // namespace tenas::cuda
