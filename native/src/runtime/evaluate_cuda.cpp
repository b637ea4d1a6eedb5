#include "runtime/evaluate_cuda.hpp"

#include <mutex>

#include "base/linear_algebra.hpp"
#include "cuda/evaluation.hpp"
#include "runtime/thread_pool.hpp"

namespace tenas {
namespace {

cuda::DeviceRequest device_request(const Program& program, const Request& request) {
  cuda::DeviceRequest made;
  made.batch = request.batch;
  if (const auto* forward = std::get_if<ForwardTask>(&request.task)) {
    made.wanted = cuda::Wanted::kForward;
    made.statistics = forward->statistics;
  } else if (const auto* ntk = std::get_if<NtkTask>(&request.task)) {
    made.wanted = cuda::Wanted::kNtk;
    made.mode = ntk->mode;
  } else {
    const auto& regions = std::get<RegionsTask>(request.task);
    made.wanted = cuda::Wanted::kRegions;
    made.batches = regions.batches;
    made.popcounts = regions.popcounts;
  }
  for (const Repeat& repeat : request.repeats) {
    if (const auto* seeded = std::get_if<SeededWeights>(&repeat.weights)) {
      made.repeats.push_back(
          {repeat.inputs, cuda::GeneratedWeights{seeded->seed, seeded->repeat, seeded->init}});
    } else {
      made.repeats.push_back(
          {repeat.inputs, std::span<const float>(std::get<std::vector<float>>(repeat.weights))});
    }
  }
  const auto slots = static_cast<size_t>(program.graph().slots);
  for (int64_t k = 0; k < request.candidate_count; ++k) {
    made.candidates.push_back(std::span(request.candidates).subspan(static_cast<size_t>(k) * slots, slots));
  }
  return made;
}

}  // namespace

std::vector<Evaluation> evaluate_cuda(cuda::Device& device, const Program& program, const Request& request) {
  static std::mutex busy;
  const auto repeats = static_cast<int64_t>(request.repeats.size());
  std::vector<Evaluation> results(static_cast<size_t>(request.candidate_count * repeats));
  const CancelFlag cancel(request.cancel);
  const auto keep = [&](int64_t candidate, int64_t repeat, cuda::DeviceResult found) {
    Evaluation& out = results[static_cast<size_t>(candidate * repeats + repeat)];
    out.logits = std::move(found.logits);
    out.statistics = std::move(found.statistics);
    out.kernel = std::move(found.kernel);
    out.regions = found.regions.regions;
    out.neurons = found.regions.neurons;
    out.popcounts = std::move(found.regions.popcounts);
    if (request.progress != nullptr) __atomic_fetch_add(request.progress, 1, __ATOMIC_RELAXED);
  };
  {
    const std::lock_guard lock(busy);
    cancel.check();
    cuda::evaluate_on_device(device, program.plan(engine::Purpose::kGradient),
                             device_request(program, request), keep, cancel);
  }
  if (std::holds_alternative<NtkTask>(request.task)) {
    ThreadPool::instance().parallel_for(std::ssize(results), request.threads, [&](int64_t index, int32_t) {
      Evaluation& out = results[static_cast<size_t>(index)];
      out.eigenvalues = symmetric_eigenvalues(out.kernel, static_cast<size_t>(request.batch));
    });
  }
  return results;
}

}  // namespace tenas
