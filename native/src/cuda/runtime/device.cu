// The first CUDA device through the CUDA runtime.
#include <cuda_runtime.h>

#include <cstdio>
#include <string>

#include "base/error.hpp"
#include "cuda/availability.hpp"
#include "cuda/runtime/launch.hpp"

namespace tenas::cuda {
namespace {

void check(cudaError_t status, const char* what) {
  if (status == cudaSuccess) return;
  const std::string message = std::string("CUDA: ") + what + " failed: " + cudaGetErrorString(status);
  throw Error(status == cudaErrorMemoryAllocation ? "OUT_OF_MEMORY" : "CUDA_FAILED", message);
}

using Launcher = cudaError_t (*)(const Launch&, cudaStream_t);

template <class... K>
constexpr std::array<Launcher, sizeof...(K)> launchers(KernelList<K...>) {
  return {&launch_kernel<K>...};
}
constexpr auto kLaunchers = launchers(Kernels());

/// Frees a stream with its owner.
struct DestroyStream {
  void operator()(cudaStream_t stream) const { cudaStreamDestroy(stream); }
};
using Stream = std::unique_ptr<std::remove_pointer_t<cudaStream_t>, DestroyStream>;

class CudaDevice final : public Device {
 public:
  CudaDevice() {
    select();
    cudaStream_t stream = nullptr;
    check(cudaStreamCreateWithFlags(&stream, cudaStreamNonBlocking), "creating a stream");
    stream_.reset(stream);
  }

  std::string name() const override { return availability().device; }

  size_t free_bytes() override {
    select();
    size_t free = 0, total = 0;
    check(cudaMemGetInfo(&free, &total), "asking for free memory");
    return free;
  }

  void* allocate(size_t bytes) override {
    select();
    void* memory = nullptr;
    check(cudaMalloc(&memory, bytes), "allocating memory");
    if (const cudaError_t status = cudaMemsetAsync(memory, 0, bytes, stream_.get()); status != cudaSuccess) {
      cudaFree(memory);
      check(status, "zeroing memory");
    }
    return memory;
  }

  void release(void* memory) noexcept override { cudaFree(memory); }

  void zero(void* memory, size_t bytes) override {
    check(cudaMemsetAsync(memory, 0, bytes, stream_.get()), "zeroing memory");
  }

  void upload(void* to, const void* from, size_t bytes) override {
    if (bytes == 0) return;
    check(cudaMemcpyAsync(to, from, bytes, cudaMemcpyHostToDevice, stream_.get()), "copying to the device");
    // The source may be gone when this returns.
    check(cudaStreamSynchronize(stream_.get()), "copying to the device");
  }

  void download(void* to, const void* from, size_t bytes) override {
    if (bytes == 0) return;
    check(cudaMemcpyAsync(to, from, bytes, cudaMemcpyDeviceToHost, stream_.get()), "copying from the device");
    check(cudaStreamSynchronize(stream_.get()), "copying from the device");
  }

  void launch(const Launch& launch) override {
    check(kLaunchers[launch.kernel](launch, stream_.get()), "launching a kernel");
  }

  void finish() override { check(cudaStreamSynchronize(stream_.get()), "a kernel"); }

 private:
  /// The runtime's current device belongs to the calling thread; requests run on threads of their own.
  static void select() { check(cudaSetDevice(0), "selecting the device"); }

  Stream stream_;
};

Availability look() {
  int count = 0;
  const cudaError_t status = cudaGetDeviceCount(&count);
  if (status == cudaErrorInsufficientDriver) {
    return {
        false, "no NVIDIA driver was found, or it is older than the CUDA runtime of this build needs", {}};
  }
  if (status == cudaErrorNoDevice || (status == cudaSuccess && count == 0)) {
    return {false, "the NVIDIA driver reports no CUDA device (CUDA_VISIBLE_DEVICES may hide it)", {}};
  }
  if (status != cudaSuccess)
    return {false, std::string("CUDA could not start: ") + cudaGetErrorString(status), {}};
  cudaDeviceProp properties;
  if (const cudaError_t failed = cudaGetDeviceProperties(&properties, 0); failed != cudaSuccess) {
    return {false, std::string("the CUDA device could not be read: ") + cudaGetErrorString(failed), {}};
  }
  char text[400];
  std::snprintf(text, sizeof(text), "%s, compute capability %d.%d, %.0f GB", properties.name,
                properties.major, properties.minor, static_cast<double>(properties.totalGlobalMem) / 1e9);
  if (const cudaError_t failed = probe_kernel<Copy>(); failed != cudaSuccess) {
    return {false,
            std::string(text) + ": this build has no kernels for it (it has " TENAS_CUDA_ARCHITECTURES "): " +
                cudaGetErrorString(failed),
            {}};
  }
  return {true, "", text};
}

}  // namespace

const Availability& availability() {
  // Never destroyed: threads may still ask while the process exits.
  static const auto* found = new Availability(look());
  return *found;
}

Device& cuda_device() {
  if (!availability().available) throw Error("CUDA_UNAVAILABLE", availability().reason);
  static auto* device = new CudaDevice();  // never destroyed, as above
  return *device;
}

}  // namespace tenas::cuda
