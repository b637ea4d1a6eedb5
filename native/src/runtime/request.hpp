// An evaluation request: a grid of candidates x repeats, validated, and its results.
#pragma once

#include <cstdint>
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
};
using Weights = std::variant<SeededWeights, std::vector<float>>;

struct Repeat {
  std::vector<float> inputs;  // [N][C][H][W]; regions: [batches][N][C][H][W]
  Weights weights;
};

/// Where a request runs; kAuto: on a CUDA device if there is one and the request is for the fast engine, else
/// on the CPU.
enum class DeviceChoice : int32_t { kAuto = 0, kCpu = 1, kCuda = 2 };

struct Request {
  Task task;
  int32_t batch = 0;
  int32_t threads = 1;
  bool reference = false;  // the plain double-precision engine
  std::string isa;         // "" = best
  DeviceChoice device = DeviceChoice::kAuto;
  std::vector<Repeat> repeats;
  std::vector<double> candidates;  // [count][slots]
  int64_t candidate_count = 0;
  int32_t* cancel = nullptr;    // set to non-zero to stop; may be null
  int32_t* progress = nullptr;  // counts finished evaluations; may be null
  int32_t* on_cuda = nullptr;   // set to 1 if a CUDA device evaluated; may be null
};

/// Result of one candidate and repeat; the fields of other tasks stay empty.
struct Evaluation {
  std::vector<float> logits;
  std::vector<float> statistics;  // forward: mean and variance of every batch norm, see Engine::statistics
  std::vector<double> kernel, eigenvalues;
  int64_t regions = 0, neurons = 0;
  std::vector<int32_t> popcounts;
};

/// Checks sizes and values against the program. Throws Error REQUEST_INVALID or OUT_OF_MEMORY, naming the
/// field; CUDA_UNAVAILABLE with the reason if CUDA is asked for.
void validate(const Program& program, const Request& request);

/// Evaluates all candidates x repeats ([candidate][repeat]) with at most request.threads threads,
/// bit-identical for any number of them. Throws Error.
std::vector<Evaluation> evaluate(Program& program, const Request& request);

}  // namespace tenas
