// Whole requests with random inputs, and their results compared bit for bit.
#pragma once

#include <algorithm>
#include <cstring>
#include <type_traits>
#include <vector>

#include "runtime/request.hpp"
#include "support/random.hpp"

namespace tenas::test {

inline std::vector<int32_t> random_labels(Random& random, int32_t count, int32_t classes) {
  std::vector<int32_t> labels(count);
  for (int32_t& label : labels) label = random.integer(0, classes - 1);
  return labels;
}

/// `repeats` random inputs with seeded weights, `candidates` random mixing coefficients, the first of them 0.
template <class Task>
Request request(const Program& program, Task task, int64_t candidates, size_t repeats, int32_t batch = 21) {
  Random random(9);
  Request r;
  r.tasks = {task};
  r.batch = batch;
  const int32_t batches = batches_of(r.tasks[0]);
  const Graph& graph = program.graph();
  const int64_t classes = graph.nodes[graph.output].shape.size();
  const int64_t values = graph.nodes[graph.input].shape.size() * batch * batches;
  for (uint32_t repeat = 0; repeat < repeats; ++repeat) {
    r.repeats.push_back({random.normals<float>(values),
                         random_labels(random, batch * batches, static_cast<int32_t>(classes)),
                         SeededWeights{.seed = 5, .repeat = repeat, .init = Init::kKaimingFanIn}});
  }
  r.candidate_count = candidates;
  r.candidates = random.normals<double>(candidates * graph.slots);
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
          request(program, RegionsTask{.batches = 2, .popcounts = true}, candidates, repeats, batch),
          request(program, CodesTask{}, candidates, repeats, batch),
          request(program, FeaturesTask{{program.graph().output}, {}}, candidates, repeats, batch),
          request(program, PixelsTask{{{program.graph().output, 0, 1}}}, candidates, repeats, batch),
          request(program, ConstantsTask{{1e-7, 1}}, candidates, repeats, batch),
          request(program, CurvatureTask{}, candidates, repeats, batch),
          request(program,
                  GradientTask{.loss = CrossEntropy{0.1},
                               .statistics = GradientStatistics::kThrough,
                               .of = {true, true, true},
                               .reduce = Reduce::kValues,
                               .batches = 2},
                  candidates, repeats, batch),
          request(program,
                  GradientTask{.loss = CrossEntropy{},
                               .statistics = GradientStatistics::kThrough,
                               .of = {true, true, true},
                               .reduce = Reduce::kSigns,
                               .batches = batch},
                  candidates, repeats, 1),
          request(program,
                  GradientTask{.loss = OutputSum{},
                               .statistics = GradientStatistics::kPerSample,
                               .of = {true, false, false},
                               .reduce = Reduce::kSums,
                               .batches = 1},
                  candidates, repeats, batch)};
}

template <class T>
bool same_bits(const std::vector<T>& a, const std::vector<T>& b) {
  return a.size() == b.size() && (a.empty() || std::memcmp(a.data(), b.data(), a.size() * sizeof(T)) == 0);
}

inline bool same(const ForwardAnswer& x, const ForwardAnswer& y) {
  return same_bits(x.logits, y.logits) && same_bits(x.statistics, y.statistics);
}
inline bool same(const NtkAnswer& x, const NtkAnswer& y) {
  return same_bits(x.logits, y.logits) && same_bits(x.kernel, y.kernel) &&
         same_bits(x.eigenvalues, y.eigenvalues);
}
inline bool same(const RegionsAnswer& x, const RegionsAnswer& y) {
  return x.regions == y.regions && x.neurons == y.neurons && x.popcounts == y.popcounts;
}

inline bool same(const CodesAnswer& x, const CodesAnswer& y) {
  return same_bits(x.kernel, y.kernel) && x.neurons == y.neurons &&
         same_bits(std::vector{x.log_determinant}, std::vector{y.log_determinant});
}
inline bool same(const FeaturesAnswer& x, const FeaturesAnswer& y) {
  return std::equal(x.nodes.begin(), x.nodes.end(), y.nodes.begin(), y.nodes.end(),
                    [](const NodeFeatures& a, const NodeFeatures& b) {
                      return same_bits(a.mean, b.mean) && same_bits(a.covariance, b.covariance);
                    });
}
inline bool same(const GradientAnswer& x, const GradientAnswer& y) {
  return same_bits(std::vector{x.loss}, std::vector{y.loss}) && x.correct == y.correct &&
         same_bits(x.logits, y.logits) && same_bits(x.parameters, y.parameters) &&
         same_bits(x.sums, y.sums) && same_bits(x.signs, y.signs) &&
         same_bits(x.coefficients, y.coefficients) && same_bits(x.input, y.input);
}
inline bool same(const ChangeAnswer& x, const ChangeAnswer& y) {
  return same_bits(x.absolute, y.absolute) && same_bits(x.squares, y.squares) &&
         same_bits(x.statistics, y.statistics);
}
inline bool same(const BlocksAnswer& x, const BlocksAnswer& y) {
  return std::equal(x.blocks.begin(), x.blocks.end(), y.blocks.begin(), y.blocks.end(),
                    [](const BlockAnswer& a, const BlockAnswer& b) {
                      return same_bits(a.product, b.product) && a.unchanged == b.unchanged;
                    });
}
inline bool same(const SaliencyAnswer& x, const SaliencyAnswer& y) {
  return same_bits(std::vector{x.loss}, std::vector{y.loss}) &&
         std::equal(x.nodes.begin(), x.nodes.end(), y.nodes.begin(), y.nodes.end(),
                    [](const NodeSaliency& a, const NodeSaliency& b) {
                      return same_bits(a.products, b.products) && same_bits(a.outputs, b.outputs) &&
                             same_bits(a.gradients, b.gradients);
                    });
}
inline bool same(const JacobianAnswer& x, const JacobianAnswer& y) {
  return same_bits(x.logits, y.logits) && same_bits(x.jacobian, y.jacobian);
}
inline bool same(const PatternsAnswer& x, const PatternsAnswer& y) {
  return x.patterns == y.patterns && x.elements == y.elements;
}
inline bool same(const PixelsAnswer& x, const PixelsAnswer& y) {
  return std::equal(x.values.begin(), x.values.end(), y.values.begin(), y.values.end(), same_bits<double>);
}
inline bool same(const CurvatureAnswer& x, const CurvatureAnswer& y) {
  return same_bits(std::vector{x.loss}, std::vector{y.loss}) && same_bits(x.products, y.products);
}
inline bool same(const ConstantsAnswer& x, const ConstantsAnswer& y) {
  return same_bits(x.outputs, y.outputs) && x.exponents == y.exponents;
}

using Evaluations = std::vector<std::vector<Answer>>;

inline bool same(const Evaluations& a, const Evaluations& b) {
  const auto same_answer = [](const Answer& x, const Answer& y) {
    return x.index() == y.index() &&
           std::visit([&](const auto& one) { return same(one, std::get<std::decay_t<decltype(one)>>(y)); },
                      x);
  };
  return std::equal(a.begin(), a.end(), b.begin(), b.end(), [&](const auto& x, const auto& y) {
    return std::equal(x.begin(), x.end(), y.begin(), y.end(), same_answer);
  });
}

/// What `evaluate` finds, without the rest of its response.
inline Evaluations answers(Program& program, const Request& request) {
  return evaluate(program, request).evaluations;
}

/// The numbers of an answer; what other tasks give stays empty.
struct Numbers {
  std::vector<float> logits, statistics;
  std::vector<double> kernel, eigenvalues;
  int64_t regions = 0, neurons = 0;
  std::vector<int32_t> popcounts;
};

/// The numbers of each evaluation's first answer.
inline std::vector<Numbers> numbers(const Evaluations& evaluations) {
  std::vector<Numbers> all;
  for (const std::vector<Answer>& answers : evaluations) {
    Numbers one;
    if (const auto* forward = std::get_if<ForwardAnswer>(&answers.at(0))) {
      one.logits = forward->logits;
      one.statistics = forward->statistics;
    } else if (const auto* ntk = std::get_if<NtkAnswer>(&answers.at(0))) {
      one.logits = ntk->logits;
      one.kernel = ntk->kernel;
      one.eigenvalues = ntk->eigenvalues;
    } else if (const auto* regions = std::get_if<RegionsAnswer>(&answers.at(0))) {
      one.regions = regions->regions;
      one.neurons = regions->neurons;
      one.popcounts = regions->popcounts;
    }
    all.push_back(std::move(one));
  }
  return all;
}

}  // namespace tenas::test
