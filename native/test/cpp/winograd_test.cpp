// Convolutions by Winograd's algorithm: forward, and the gradients by weights and input, against the
// reference.
#include <doctest/doctest.h>

#include <functional>

#include "support/compare.hpp"
#include "support/graph_builder.hpp"
#include "support/requests.hpp"

using namespace tenas;
using namespace tenas::test;
using engine::Plan;
using engine::Purpose;

namespace {

/// Two convolutions that read the same map and meet in a sum, so that gradients by the map are added up. No
/// ReLU: rounding must not decide anything.
Graph twin(const Shape& map, int32_t channels, int32_t groups, bool bias) {
  GraphBuilder b;
  const int32_t stem = b.conv(b.input({2, map.h, map.w}), {.out = map.c, .bias = true});
  const ConvOptions options{
      .out = channels, .kernel = {3, 3}, .padding = {1, 1}, .groups = groups, .bias = bias};
  const int32_t left = b.conv(stem, options), right = b.batch_norm(b.conv(stem, options));
  return b.build(b.conv(b.mix({{left, b.slot()}, {right, b.slot()}}), {.out = 3, .kernel = {map.h, map.w}}));
}

struct Case {
  Shape map;
  int32_t channels, groups;
};
// Tiles of 2 and 4 in both passes and in the weights' gradient, ranges that are not full, few and many
// channels.
constexpr Case kCases[] = {{{8, 2, 2}, 8, 1},    {{8, 4, 4}, 12, 1},   {{16, 6, 10}, 8, 1},
                           {{12, 8, 8}, 16, 1},  {{8, 16, 16}, 8, 1},  {{8, 4, 32}, 20, 1},
                           {{16, 8, 4}, 16, 2},  {{24, 18, 6}, 8, 1},  {{64, 8, 8}, 64, 1},
                           {{8, 32, 32}, 16, 1}, {{16, 6, 10}, 20, 1}, {{32, 4, 8}, 32, 2}};

/// Those that metrics run by the algorithm, too.
bool is_wide(const Case& own) {
  return std::min(own.map.c, own.channels) / own.groups >= 16;
}

const std::vector<double> kCoefficients{0.7, -1.3};

/// A network, what is asked of it, and what the reference says: once for all instruction sets, as it takes
/// longest.
struct Trial {
  Graph graph;
  Sample sample;
  std::vector<Task> tasks;
  std::vector<Answer> expected;

  Trial(const Case& own, bool bias, int32_t batch, Random& random,
        const std::function<std::vector<Task>(const Graph&)>& tasks_of)
      : graph(twin(own.map, own.channels, own.groups, bias)),
        sample(graph, random, batch),
        tasks(tasks_of(graph)),
        expected(reference_answers(graph, sample, kCoefficients, tasks)) {}
};

/// The largest relative difference of an answer's values from the reference's.
template <class... Values>
double deviation(const std::vector<Answer>& found, const Trial& trial, size_t task, Values... values) {
  return std::max({relative_error(values(found[task]), values(trial.expected[task]))...});
}

Trial gradient_trial(const Case& own, bool bias, Random& random) {
  const int32_t batch = random.integer(1, 33);
  return {own, bias, batch, random, [&](const Graph&) -> std::vector<Task> {
            return {GradientTask{.loss = MeanSquares{random.normals<float>(3 * batch)},
                                 .statistics = GradientStatistics::kConstant,
                                 .of = {true, true, true}}};
          }};
}

/// Of outputs and gradients.
double deviation_of_gradient(const Trial& trial, std::string_view isa, Purpose purpose) {
  Compiled fast(trial.graph, isa, purpose);
  const auto part = [](auto member) {
    return [member](const Answer& one) { return std::get<GradientAnswer>(one).*member; };
  };
  return deviation(fast.answers(trial.sample, kCoefficients, trial.tasks), trial, 0,
                   part(&GradientAnswer::logits), part(&GradientAnswer::parameters),
                   part(&GradientAnswer::input), part(&GradientAnswer::coefficients));
}

/// Tasks that find outputs, gradients of each sample or output, and derivatives along the weights.
std::vector<Task> other_tasks(const Graph& graph) {
  JacobianTask jacobian;
  for (int32_t id = 0; id < std::ssize(graph.params); ++id) {
    if (graph.params[id].kind == ParamKind::kConvWeight) jacobian.parameters.push_back(id);
  }
  return {ForwardTask{Statistics::kRunning}, NtkTask{NtkMode::kSample}, NtkTask{NtkMode::kBatch}, jacobian,
          CurvatureTask{}};
}

/// Of these tasks' answers.
double deviation_of_others(const Trial& trial, std::string_view isa) {
  const auto found = Compiled(trial.graph, isa).answers(trial.sample, kCoefficients, trial.tasks);
  const auto kernel = [](const Answer& one) { return std::get<NtkAnswer>(one).kernel; };
  return std::max(
      {deviation(found, trial, 0, [](const Answer& one) { return std::get<ForwardAnswer>(one).logits; }),
       deviation(found, trial, 1, kernel), deviation(found, trial, 2, kernel),
       deviation(found, trial, 3, [](const Answer& one) { return std::get<JacobianAnswer>(one).jacobian; }),
       deviation(found, trial, 4,
                 [](const Answer& one) { return std::get<CurvatureAnswer>(one).products; })});
}

}  // namespace

TEST_CASE("Winograd's algorithm runs where it saves work") {
  const auto tiles = [](const Shape& map, const ConvOptions& options, Purpose purpose) {
    GraphBuilder b;
    const Graph graph = b.build(b.conv(b.input(map), options));
    return Plan(graph, purpose).convs[0].winograd;
  };
  const ConvOptions plain{.out = 8, .kernel = {3, 3}, .padding = {1, 1}};
  CHECK(tiles({8, 8, 12}, plain, Purpose::kTraining) == 4);
  CHECK(tiles({8, 6, 8}, plain, Purpose::kTraining) == 2);
  ConvOptions wide = plain;
  wide.out = 16;
  // The same with and without a backward pass, on maps that would be clipped, too: a metric's bits must not
  // depend on what else is asked for.
  for (const Purpose purpose : {Purpose::kForward, Purpose::kGradient}) {
    CHECK(tiles({8, 8, 12}, plain, purpose) == 0);
    CHECK(tiles({8, 8, 12}, wide, purpose) == 0);
    CHECK(tiles({16, 8, 12}, plain, purpose) == 0);
    CHECK(tiles({16, 8, 12}, wide, purpose) == 2);
    CHECK(tiles({16, 8, 8}, wide, purpose) == 2);
    CHECK(tiles({16, 2, 2}, wide, purpose) == 2);
    CHECK(tiles({16, 7, 8}, wide, purpose) == 0);
  }
  CHECK(tiles({16, 8, 12}, wide, Purpose::kDirect) == 0);
  CHECK(tiles({8, 7, 8}, plain, Purpose::kTraining) == 0);
  CHECK(tiles({4, 8, 8}, plain, Purpose::kTraining) == 0);
  CHECK(tiles({10, 8, 8}, plain, Purpose::kTraining) == 0);
  ConvOptions other = plain;
  other.stride = {2, 2};
  CHECK(tiles({8, 8, 8}, other, Purpose::kTraining) == 0);
  other = plain;
  other.dilation = other.padding = {2, 2};
  CHECK(tiles({8, 8, 8}, other, Purpose::kTraining) == 0);
  other = plain;
  other.groups = 2;
  CHECK(tiles({8, 8, 8}, other, Purpose::kTraining) == 0);
}

TEST_CASE("Winograd's algorithm gives the reference's outputs and gradients") {
  Random random(81);
  for (const Purpose purpose : {Purpose::kTraining, Purpose::kGradient}) {
    for (const Case& own : kCases) {
      if (purpose == Purpose::kGradient && !is_wide(own)) continue;
      CAPTURE(own.map.c);
      CAPTURE(own.map.h);
      for (const bool bias : {false, true}) {
        const Trial trial = gradient_trial(own, bias, random);
        // Answers leave the engine in single precision.
        CHECK(deviation_of_gradient(trial, "double", purpose) < 2e-7);
        for (const std::string_view isa : engine::available_isas()) {
          CAPTURE(isa);
          CHECK(deviation_of_gradient(trial, isa, purpose) < 2e-5);
        }
      }
    }
  }
}

TEST_CASE("wide networks have the reference's kernels, Jacobians and derivatives along their weights") {
  Random random(82);
  for (const Case& own : kCases) {
    if (!is_wide(own)) continue;
    CAPTURE(own.map.c);
    CAPTURE(own.map.h);
    const Trial trial(own, true, random.integer(2, 19), random, other_tasks);
    CHECK(deviation_of_others(trial, "double") < 2e-7);
    for (const std::string_view isa : engine::available_isas()) {
      CAPTURE(isa);
      CHECK(deviation_of_others(trial, isa) < 5e-5);
    }
  }
}

TEST_CASE("tasks on wide networks get the bits that they get alone, with and without a backward pass") {
  Random random(83);
  const Graph graph = twin({16, 8, 8}, 32, 1, true);
  const Sample sample(graph, random, 17);
  std::vector<Task> tasks = other_tasks(graph);
  tasks.push_back(GradientTask{
      .loss = OutputSum{}, .statistics = GradientStatistics::kConstant, .of = {true, true, true}});
  for (const std::string_view isa : engine::available_isas()) {
    CAPTURE(isa);
    Compiled fast(graph, isa);
    const Evaluations together{fast.answers(sample, kCoefficients, tasks)};
    Evaluations alone(1);
    for (const Task& task : tasks) alone[0].push_back(fast.answers(sample, kCoefficients, {task})[0]);
    CHECK(same(together, alone));
    CHECK(same_bits(
        Compiled(graph, isa, Purpose::kForward).forward(sample, kCoefficients, Statistics::kRunning),
        fast.forward(sample, kCoefficients, Statistics::kRunning)));
  }
}
