#include <algorithm>
#include <atomic>
#include <cmath>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "base/error.hpp"
#include "cuda/availability.hpp"
#include "cuda/forms.hpp"
#include "plan/schedule.hpp"
#include "reference/reference.hpp"
#include "runtime/evaluate_cuda.hpp"
#include "runtime/memory.hpp"
#include "runtime/overflow.hpp"
#include "runtime/request.hpp"
#include "runtime/thread_pool.hpp"
#include "runtime/validate_tasks.hpp"

namespace tenas {
namespace {

constexpr int32_t kLargestBatch = 1 << 20;
constexpr size_t kMostTasks = 64;

[[noreturn]] void refuse(const std::string& message) {
  throw Error("REQUEST_INVALID", message);
}

std::span<const double> candidate(const Program& program, const Request& request, int64_t index) {
  const int64_t slots = program.graph().slots;
  return std::span(request.candidates).subspan(index * slots, slots);
}

/// Whether a task has output directions that threads can share within one evaluation.
bool spreads_directions(const Request& request) {
  return std::any_of(request.tasks.begin(), request.tasks.end(), [](const Task& task) {
    const auto* ntk = std::get_if<NtkTask>(&task);
    return ntk != nullptr && ntk->mode == NtkMode::kBatch;
  });
}

/// Whether there are too few evaluations to go round, so that the threads share the output directions of
/// each.
bool shares_directions(const Request& request) {
  const int64_t repeats = std::ssize(request.repeats);
  return spreads_directions(request) && !request.reference &&
         request.candidate_count * repeats < request.threads;
}

/// Whether the batches are single samples that go through the network side by side: the statistics of each
/// are those of its sample, and every task asks for gradients through them.
bool has_singles(const Request& request) {
  const int32_t batches = batches_of(request);
  return request.batch == 1 && batches > 1 && !request.reference &&
         std::all_of(request.tasks.begin(), request.tasks.end(), [&](const Task& task) {
           const auto* gradient = std::get_if<GradientTask>(&task);
           return gradient != nullptr && gradient->statistics == GradientStatistics::kThrough &&
                  gradient->batches == batches;
         });
}

engine::Purpose purpose_of(const Request& request) {
  // Their gradients' signs are counted.
  if (has_singles(request)) return engine::Purpose::kDirect;
  return std::any_of(request.tasks.begin(), request.tasks.end(), is_differentiated)
             ? engine::Purpose::kGradient
             : engine::Purpose::kForward;
}

/// Threads that find work, at most: the others need no memory.
int64_t busy_threads(const Request& request) {
  constexpr int64_t kFewestDirections = 4;  // in a block
  const int64_t parts = shares_directions(request)
                            ? (request.batch + kFewestDirections - 1) / kFewestDirections
                            : request.candidate_count * std::ssize(request.repeats);
  return std::min<int64_t>(parts, request.threads);
}

/// Estimate of what the backward pass of a task needs besides the activations' `forward_bytes`.
double backward_bytes(const Program& program, const Request& request, const Task& task, int32_t lanes,
                      double forward_bytes) {
  const Graph& graph = program.graph();
  const engine::Plan& plan = program.plan(engine::Purpose::kGradient);
  const double padded = std::ceil(static_cast<double>(request.batch) / lanes) * lanes;
  const auto* ntk = std::get_if<NtkTask>(&task);
  const engine::Schedule schedule = engine::schedule_backward(
      plan, candidate(program, request, 0),
      {ntk != nullptr ? ntk_parameters(graph) : trainable_parameters(graph), ntk == nullptr, ntk == nullptr});
  const double gradients = static_cast<double>(schedule.gradient_pixels) * padded * 4;
  if (ntk == nullptr) {
    const auto* gradient = std::get_if<GradientTask>(&task);
    const bool added_up = gradient != nullptr && gradient->reduce == Reduce::kSigns && has_singles(request);
    const double rows = (added_up ? 0.0 : static_cast<double>(batches_of(task)) * 8) + lanes * 4.0;
    return gradients + static_cast<double>(graph.param_values) * rows;
  }
  const bool by_direction = ntk->mode == NtkMode::kBatch;
  return (by_direction ? forward_bytes + gradients * lanes : gradients) +
         static_cast<double>(schedule.jacobian_rows) * padded * 4 + padded * padded * 8;
}

/// Estimate of the memory of one worker, so that an absurd request is refused instead of starving the
/// machine.
double worker_bytes(const Program& program, const Request& request, int32_t lanes) {
  const engine::Plan& plan = program.plan(purpose_of(request));
  const double padded = std::ceil(static_cast<double>(request.batch) / lanes) * lanes;
  double bytes = static_cast<double>(plan.arena_pixels) * padded * 4;
  if (request.candidate_count < 1) return bytes;
  double most = 0;
  for (const Task& task : request.tasks) {
    if (!is_differentiated(task)) continue;
    const double backward = backward_bytes(program, request, task, lanes, bytes);
    if (std::holds_alternative<CurvatureTask>(task)) {  // passes of its own, with derivatives
      most = std::max(most, 2 * bytes + 2 * backward);
      continue;
    }
    // Where single precision overflows, the same again in double.
    most = std::max(most, may_overflow(task) ? 2 * bytes + 3 * backward : backward);
  }
  bytes += most;
  return request.reference ? bytes * 3 : bytes;
}

/// Bytes of the answers to a request, which are kept until all are there.
double answer_bytes(const Program& program, const Request& request) {
  const Graph& graph = program.graph();
  double values = 0;
  for (const Task& task : request.tasks) {
    if (std::holds_alternative<NtkTask>(task) || std::holds_alternative<CodesTask>(task)) {
      values += 2.0 * request.batch * request.batch;
    }
    if (const auto* saliency = std::get_if<SaliencyTask>(&task)) {
      const double correlations = saliency->correlations ? 4.0 * request.batch * request.batch : 0;
      for (const int32_t node : saliency->nodes) {
        values += 2.0 * request.batch * graph.nodes[node].shape.c + correlations;
      }
    }
    if (const auto* pixels = std::get_if<PixelsTask>(&task)) {
      for (const PixelRange& range : pixels->ranges) {
        values += 2.0 * static_cast<double>(range.count) * graph.nodes[range.node].shape.c;
      }
    }
    if (const auto* constants = std::get_if<ConstantsTask>(&task)) {
      values += 2.0 * static_cast<double>(constants->weights.size() * request.batch) *
                static_cast<double>(graph.nodes[graph.output].shape.size());
    }
    if (const auto* jacobian = std::get_if<JacobianTask>(&task)) {
      values += 2.0 * static_cast<double>(graph.nodes[graph.output].shape.size()) * request.batch *
                static_cast<double>(jacobian->parameters.size());
    }
    const auto* gradient = std::get_if<GradientTask>(&task);
    if (gradient == nullptr) continue;
    const double input = static_cast<double>(graph.nodes[graph.input].shape.size());
    if (gradient->of.input) values += input * request.batch * gradient->batches;
    if (gradient->of.parameters && gradient->reduce != Reduce::kSums) {
      const double rows = gradient->reduce == Reduce::kValues ? gradient->batches : 1;
      values += static_cast<double>(graph.param_values) * rows;
    }
  }
  return 4 * values * static_cast<double>(request.candidate_count) *
         static_cast<double>(request.repeats.size());
}

class Run {
 public:
  Run(Program& program, const Request& request)
      : program_(program),
        request_(request),
        cancel_(&request.control->cancelled),
        repeats_(std::ssize(request.repeats)),
        results_(request.candidate_count * repeats_) {}

  std::vector<std::vector<Answer>> run() {
    if (request_.reference) {
      weights_.resize(request_.repeats.size());
      for (size_t r = 0; r < weights_.size(); ++r)
        weights_[r] = weights_of(program_, request_.repeats[r].weights);
      each_evaluation([&](int64_t c, int64_t r, int32_t) { run_reference(c, r); });
    } else {
      run_fast();
    }
    return std::move(results_);
  }

 private:
  std::vector<Answer>& result(int64_t c, int64_t r) { return results_[c * repeats_ + r]; }

  void count() { request_.control->finished.fetch_add(1, std::memory_order_relaxed); }

  template <class Fn>
  void each_evaluation(const Fn& fn) {
    ThreadPool::instance().parallel_for(request_.candidate_count * repeats_, request_.threads,
                                        [&](int64_t index, int32_t worker) {
                                          fn(index / repeats_, index % repeats_, worker);
                                          count();
                                        });
  }

  void run_reference(int64_t c, int64_t r) {
    cancel_.check();
    const Repeat& repeat = request_.repeats[r];
    const std::vector<double> weights(weights_[r].begin(), weights_[r].end());
    const std::vector<double> inputs(repeat.inputs.begin(), repeat.inputs.end());
    const reference::Problem problem{
        program_.graph(), candidate(program_, request_, c), weights, inputs, repeat.labels, request_.batch};
    result(c, r) = reference::evaluate(problem, request_.tasks);
  }

  void run_fast() {
    const bool singles = has_singles(request_);
    const bool one = request_.isa.empty() && request_.batch == 1 && !singles;
    const Program::Variant variant{purpose_of(request_),
                                   one ? std::string(engine::isa_for_one()) : request_.isa};
    const engine::Engine& engine = program_.engine(variant);
    std::vector<std::unique_ptr<engine::Prepared>> prepared(request_.repeats.size());
    ThreadPool::instance().parallel_for(repeats_, request_.threads, [&](int64_t r, int32_t) {
      cancel_.check();
      const Repeat& repeat = request_.repeats[r];
      std::vector<float> drawn;
      const std::span<const float> weights = view_weights(program_, repeat.weights, drawn);
      const int32_t batches = batches_of(request_);
      prepared[r] = singles ? engine.prepare_singles(repeat.inputs, repeat.labels, weights, batches)
                            : engine.prepare(repeat.inputs, repeat.labels, weights, batches, request_.batch);
    });
    std::vector<std::optional<Program::Lease>> leases(busy_threads(request_));
    std::vector<engine::Workspace*> workspaces;
    for (auto& lease : leases) workspaces.push_back(&lease.emplace(program_, variant).workspace());

    OverflowRescue rescue(program_, request_);
    const auto evaluate_one = [&](int64_t c, int64_t r, std::span<engine::Workspace* const> own,
                                  const ParallelFor& parallel) {
      const engine::Prepared& repeat = *prepared[r];
      const auto coefficients = candidate(program_, request_, c);
      std::vector<Answer> answers =
          singles ? engine.evaluate_singles(*own[0], repeat, coefficients, request_.tasks, cancel_)
                  : engine.evaluate(own, repeat, coefficients, request_.tasks, parallel, cancel_);
      rescue.mend(r, coefficients, answers, cancel_);
      result(c, r) = std::move(answers);
    };

    if (shares_directions(request_)) {
      const ParallelFor shared = [&](int64_t n, const std::function<void(int64_t, int32_t)>& fn) {
        ThreadPool::instance().parallel_for(n, request_.threads, fn);
      };
      for (int64_t c = 0; c < request_.candidate_count; ++c) {
        for (int64_t r = 0; r < repeats_; ++r) {
          evaluate_one(c, r, workspaces, shared);
          count();
        }
      }
      return;
    }
    each_evaluation([&](int64_t c, int64_t r, int32_t worker) {
      evaluate_one(c, r, std::span(workspaces).subspan(worker, 1), run_serially);
    });
  }

  Program& program_;
  const Request& request_;
  const CancelFlag cancel_;
  const int64_t repeats_;
  std::vector<std::vector<Answer>> results_;
  std::vector<std::vector<float>> weights_;
};

bool cuda_possible(const Request& request) {
  if (request.device == DeviceChoice::kCpu || request.reference || !request.isa.empty()) return false;
  return cuda::availability().available;
}

/// The first task without a form on CUDA devices, for messages; empty if all have one.
std::string without_cuda_form(const Request& request) {
  for (const Task& task : request.tasks) {
    if (!cuda::has_form(task)) return "the task '" + std::string(task_name(task)) + "'";
  }
  return {};
}

/// Throws Error OUT_OF_MEMORY if the request needs more than the machine has.
void check_memory(const Program& program, const Request& request) {
  const int32_t lanes =
      std::max(engine::isa_lanes(request.isa.empty() ? engine::available_isas()[0] : request.isa), 4);
  const double needed = worker_bytes(program, request, lanes) * static_cast<double>(busy_threads(request)) +
                        answer_bytes(program, request);
  const double present = physical_memory_bytes();
  if (needed > present * 0.9) {
    throw Error("OUT_OF_MEMORY",
                "the request needs about " + std::to_string(static_cast<int64_t>(needed / 1e6)) +
                    " MB; this machine has " + std::to_string(static_cast<int64_t>(present / 1e6)) +
                    " MB. Use a smaller batch, a smaller network or fewer threads");
  }
}

}  // namespace

std::vector<float> weights_of(const Program& program, const Weights& weights) {
  const auto* seeded = std::get_if<SeededWeights>(&weights);
  if (seeded == nullptr) return std::get<std::vector<float>>(weights);
  std::vector<float> values(program.graph().param_values);
  generate_weights(program.graph(), seeded->seed, seeded->repeat, seeded->init, values);
  if (seeded->absolute) {
    for (float& value : values) value = std::abs(value);
  }
  return values;
}

std::span<const float> view_weights(const Program& program, const Weights& weights,
                                    std::vector<float>& drawn) {
  if (const auto* given = std::get_if<std::vector<float>>(&weights)) return *given;
  drawn = weights_of(program, weights);
  return drawn;
}

void validate(const Program& program, const Request& request) {
  const Graph& graph = program.graph();
  if (request.batch < 1 || request.batch > kLargestBatch) {
    refuse("batchSize is " + std::to_string(request.batch) + "; it must be 1 to " +
           std::to_string(kLargestBatch));
  }
  if (request.threads < 1 || request.threads > 1024) {
    refuse("threads is " + std::to_string(request.threads) + "; it must be 1 to 1024");
  }
  if (request.tasks.empty() || request.tasks.size() > kMostTasks) {
    refuse("tasks has " + std::to_string(request.tasks.size()) + " entries; it must have 1 to " +
           std::to_string(kMostTasks));
  }
  for (size_t t = 0; t < request.tasks.size(); ++t) validate_task(graph, request, t);
  if (request.repeats.empty()) refuse("repeats is empty; at least one is needed");
  if (request.candidate_count < 1) refuse("candidates is empty; at least one is needed");
  if (std::ssize(request.candidates) != request.candidate_count * graph.slots) {
    refuse("candidates must have " + std::to_string(graph.slots) + " coefficients each");
  }
  if (!std::all_of(request.candidates.begin(), request.candidates.end(),
                   [](double x) { return std::isfinite(x); })) {
    refuse("candidates holds a coefficient that is not a finite number");
  }
  size_t inputs = graph.nodes[graph.input].shape.size();
  inputs *= request.batch;
  inputs *= batches_of(request);
  for (size_t r = 0; r < request.repeats.size(); ++r) {
    const Repeat& repeat = request.repeats[r];
    if (repeat.inputs.size() != inputs) {
      refuse("repeats[" + std::to_string(r) + "].inputs has " + std::to_string(repeat.inputs.size()) +
             " values; " + std::to_string(inputs) + " are needed");
    }
    validate_labels(graph, request, r);
    const auto* given = std::get_if<std::vector<float>>(&repeat.weights);
    if (given && std::ssize(*given) != graph.param_values) {
      refuse("repeats[" + std::to_string(r) + "].weights has " + std::to_string(given->size()) + " values; " +
             std::to_string(graph.param_values) + " are needed");
    }
  }
  const bool cpu_only = request.reference || !request.isa.empty();
  if (request.device == DeviceChoice::kCuda) {
    if (cpu_only)
      refuse("device is 'cuda'; it has no reference engine and no instruction sets: leave both out");
    if (!cuda::availability().available)
      throw Error("CUDA_UNAVAILABLE",
                  "device is 'cuda', but " + cuda::availability().reason + "; use 'auto' or 'cpu'");
    if (const std::string formless = without_cuda_form(request); !formless.empty())
      throw Error("CUDA_UNAVAILABLE",
                  "device is 'cuda', but " + formless + " has no CUDA form; use 'auto' or 'cpu'");
  }
  if (!cuda_possible(request) || !without_cuda_form(request).empty()) check_memory(program, request);
}

Response evaluate(Program& program, const Request& request) {
  Response response;
  if (cuda_possible(request)) {
    const std::string formless = without_cuda_form(request);
    if (formless.empty()) {
      try {
        response.evaluations = evaluate_cuda(cuda::cuda_device(), program, request);
        response.on_cuda = true;
        return response;
      } catch (const Error& error) {
        if (request.device == DeviceChoice::kCuda || error.code() != "OUT_OF_MEMORY") throw;
        response.note = std::string("the CPU evaluated, as the CUDA device is full: ") + error.what();
      }
      // The device is full: 'auto' goes on with the CPU.
      request.control->finished = 0;
      check_memory(program, request);
    } else {
      response.note = "the CPU evaluated, as " + formless + " has no CUDA form";
    }
  }
  response.evaluations = Run(program, request).run();
  return response;
}

}  // namespace tenas
