// Whole requests with random inputs, and their results compared bit for bit.
#pragma once

#include <algorithm>
#include <cstring>
#include <type_traits>
#include <vector>

#include "runtime/request.hpp"
#include "support/random.hpp"

namespace tenas::test {

/// `repeats` random inputs with seeded weights, `candidates` random mixing coefficients, the first of them 0.
template <class Task>
Request request(const Program& program, Task task, int64_t candidates, size_t repeats, int32_t batch = 21) {
  Random random(9);
  Request r;
  r.task = task;
  r.batch = batch;
  int32_t batches = 1;
  if constexpr (std::is_same_v<Task, RegionsTask>) batches = task.batches;
  const Graph& graph = program.graph();
  const int64_t values = graph.nodes[static_cast<size_t>(graph.input)].shape.size() * batch * batches;
  for (uint32_t repeat = 0; repeat < repeats; ++repeat) {
    r.repeats.push_back({random.normals<float>(static_cast<size_t>(values)),
                         SeededWeights{.seed = 5, .repeat = repeat, .init = Init::kKaimingFanIn}});
  }
  r.candidate_count = candidates;
  r.candidates = random.normals<double>(static_cast<size_t>(candidates * graph.slots));
  if (!r.candidates.empty()) r.candidates[0] = 0;
  return r;
}

/// One request of every kind.
inline std::vector<Request> all_requests(const Program& program, int64_t candidates, size_t repeats,
                                         int32_t batch = 21) {
  return {request(program, ForwardTask{Statistics::kBatch}, candidates, repeats, batch),
          request(program, ForwardTask{Statistics::kRunning}, candidates, repeats, batch),
          request(program, NtkTask{NtkMode::kBatch}, candidates, repeats, batch),
          request(program, NtkTask{NtkMode::kSample}, candidates, repeats, batch),
          request(program, RegionsTask{.batches = 2, .popcounts = true}, candidates, repeats, batch)};
}

template <class T>
bool same_bits(const std::vector<T>& a, const std::vector<T>& b) {
  return a.size() == b.size() && (a.empty() || std::memcmp(a.data(), b.data(), a.size() * sizeof(T)) == 0);
}

inline bool same(const std::vector<Evaluation>& a, const std::vector<Evaluation>& b) {
  return std::equal(a.begin(), a.end(), b.begin(), b.end(), [](const Evaluation& x, const Evaluation& y) {
    return same_bits(x.logits, y.logits) && same_bits(x.statistics, y.statistics) &&
           same_bits(x.kernel, y.kernel) && same_bits(x.eigenvalues, y.eigenvalues) &&
           x.regions == y.regions && x.neurons == y.neurons && x.popcounts == y.popcounts;
  });
}

}  // namespace tenas::test
