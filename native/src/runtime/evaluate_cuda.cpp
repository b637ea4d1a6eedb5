#include "runtime/evaluate_cuda.hpp"

#include <string>

#include "base/error.hpp"
#include "base/linear_algebra.hpp"
#include "cuda/evaluate.hpp"
#include "runtime/device_turn.hpp"
#include "runtime/overflow.hpp"
#include "runtime/thread_pool.hpp"

namespace tenas {
namespace {

void ask(cuda::DeviceRequest& made, const ForwardTask& task) {
  made.wanted = cuda::Wanted::kForward;
  made.batches = 1;
  made.statistics = task.statistics;
}
void ask(cuda::DeviceRequest& made, const NtkTask& task) {
  made.wanted = cuda::Wanted::kNtk;
  made.batches = 1;
  made.mode = task.mode;
}
void ask(cuda::DeviceRequest& made, const RegionsTask& task) {
  made.wanted = cuda::Wanted::kRegions;
  made.batches = task.batches;
  made.popcounts = task.popcounts;
}
void ask(cuda::DeviceRequest& made, const GradientTask& task) {
  made.wanted = cuda::Wanted::kGradient;
  made.batches = task.batches;
  made.gradient = &task;
}
template <class T>
void ask(cuda::DeviceRequest&, const T& task) {
  throw Error("CUDA_UNAVAILABLE", "the task '" + std::string(task.kName) + "' has no CUDA form");
}

/// The answer to `task` that the device found, but for what the CPU adds.
Answer answer_of(const Task& task, cuda::DeviceResult found) {
  if (std::holds_alternative<ForwardTask>(task)) {
    return ForwardAnswer{std::move(found.logits), std::move(found.statistics)};
  }
  if (std::holds_alternative<NtkTask>(task)) {
    return NtkAnswer{std::move(found.kernel), {}, std::move(found.logits)};
  }
  if (std::holds_alternative<GradientTask>(task)) return std::move(found.gradient);
  return std::move(found.regions);
}

/// Weights as the device takes them: it generates those that are a plain function of numbers itself.
std::vector<cuda::DeviceRepeat> device_repeats(const Program& program, const Request& request,
                                               std::vector<std::vector<float>>& made) {
  std::vector<cuda::DeviceRepeat> repeats;
  made.resize(request.repeats.size());
  for (size_t r = 0; r < request.repeats.size(); ++r) {
    const Repeat& repeat = request.repeats[r];
    const auto* seeded = std::get_if<SeededWeights>(&repeat.weights);
    if (seeded != nullptr && !seeded->absolute) {
      repeats.push_back(
          {repeat.inputs, cuda::GeneratedWeights{seeded->seed, seeded->repeat, seeded->init}, repeat.labels});
      continue;
    }
    repeats.push_back({repeat.inputs, view_weights(program, repeat.weights, made[r]), repeat.labels});
  }
  return repeats;
}

}  // namespace

std::vector<std::vector<Answer>> evaluate_cuda(cuda::Device& device, Program& program,
                                               const Request& request) {
  const int64_t repeats = std::ssize(request.repeats);
  std::vector<std::vector<Answer>> results(request.candidate_count * repeats);
  const CancelFlag cancel(&request.control->cancelled);
  std::vector<std::vector<float>> weights;
  cuda::DeviceRequest asked;
  asked.batch = request.batch;
  asked.repeats = device_repeats(program, request, weights);
  const int64_t slots = program.graph().slots;
  for (int64_t k = 0; k < request.candidate_count; ++k) {
    asked.candidates.push_back(std::span(request.candidates).subspan(k * slots, slots));
  }
  for (const Task& task : request.tasks) {
    std::visit([&](const auto& one) { ask(asked, one); }, task);
    const bool last = &task == &request.tasks.back();
    const auto keep = [&](int64_t candidate, int64_t repeat, cuda::DeviceResult found) {
      results[candidate * repeats + repeat].push_back(answer_of(task, std::move(found)));
      if (last) request.control->finished.fetch_add(1, std::memory_order_relaxed);
    };
    const auto turn = take_device(cancel);
    cuda::evaluate_on_device(device, program.plan(engine::Purpose::kDirect), asked, keep, cancel);
  }
  OverflowRescue rescue(program, request);
  ThreadPool::instance().parallel_for(std::ssize(results), request.threads, [&](int64_t index, int32_t) {
    for (Answer& answer : results[index]) {
      if (auto* ntk = std::get_if<NtkAnswer>(&answer)) {
        ntk->eigenvalues = symmetric_eigenvalues(ntk->kernel, request.batch);
      }
    }
    rescue.mend(index % repeats, asked.candidates[index / repeats], results[index], cancel);
  });
  return results;
}

}  // namespace tenas
