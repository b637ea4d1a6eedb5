// A request: a grid of candidates x repeats, validated, and its results.
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <variant>
#include <vector>

#include "parameters/init.hpp"
#include "runtime/program.hpp"
#include "tasks/task.hpp"

namespace tenas {

struct SeededWeights {
  uint64_t seed = 0;
  uint32_t repeat = 0;
  Init init = Init::kKaimingFanOut;
  bool absolute = false;  // every value without its sign
};
using Weights = std::variant<SeededWeights, std::vector<float>>;

struct Repeat {
  std::vector<float> inputs;    // [batches][N][C][H][W], as many batches as the tasks read
  std::vector<int32_t> labels;  // [batches][N]; empty if no task reads them
  Weights weights;
};

/// Where a request runs; kAuto: on a CUDA device if there is one and the request is for the fast engine, else
/// on the CPU.
enum class DeviceChoice : int32_t { kAuto = 0, kCpu = 1, kCuda = 2 };

/// State that a running request shares with the caller that waits for it.
struct Control {
  std::atomic<bool> cancelled = false;  // set to stop
  std::atomic<int64_t> finished = 0;    // evaluations
};

struct Request {
  std::vector<Task> tasks;  // answered on the same inputs and weights
  int32_t batch = 0;
  int32_t threads = 1;
  bool reference = false;  // the plain double-precision engine
  std::string isa;         // "" = best
  DeviceChoice device = DeviceChoice::kAuto;
  std::vector<Repeat> repeats;
  std::vector<double> candidates;  // [count][slots]
  int64_t candidate_count = 0;
  std::shared_ptr<Control> control = std::make_shared<Control>();
};

/// The answers to a request.
struct Response {
  /// [candidate][repeat], each one answer per task in the order of the tasks.
  std::vector<std::vector<Answer>> evaluations;
  bool on_cuda = false;
  std::string note;  // why 'auto' did not use the CUDA device that there is; else empty
};

/// The parameters of a program with the given weights. Throws Error OUT_OF_MEMORY.
std::vector<float> weights_of(const Program& program, const Weights& weights);

/// The same without a copy of given weights: `drawn` holds those of a seed.
std::span<const float> view_weights(const Program& program, const Weights& weights,
                                    std::vector<float>& drawn);

/// Checks sizes and values against the program. Throws Error REQUEST_INVALID or OUT_OF_MEMORY, naming the
/// field; CUDA_UNAVAILABLE with the reason if CUDA is asked for.
void validate(const Program& program, const Request& request);

/// Evaluates all candidates x repeats with at most request.threads threads, bit-identical for any number of
/// them. Throws Error.
Response evaluate(Program& program, const Request& request);

}  // namespace tenas
