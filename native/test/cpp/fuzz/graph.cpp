// Damaged encodings of networks. One that is accepted is planned for all purposes; a small one is also
// evaluated, by the plain engine and by the fast one.
#include <cmath>

#include "fuzz/target.hpp"
#include "plan/schedule.hpp"
#include "runtime/request.hpp"
#include "support/encoded_sample.hpp"
#include "support/random_graph.hpp"

namespace tenas::fuzz {
namespace {

constexpr int64_t kHeader = 8, kNodeHeader = 5, kParam = 9;

/// Limits within which an accepted network is planned and evaluated: larger ones are valid, and slow under
/// sanitizers.
constexpr int64_t kPlannedNodes = 2000, kPlannedSlots = 10'000, kEvaluatedWork = 1 << 20;

/// Where the node records of an encoding begin, as far as their lengths lead.
std::vector<int64_t> record_starts(const Words& words) {
  std::vector<int64_t> starts;
  const int64_t params = words[3];
  if (params < 0 || params > std::ssize(words) / kParam) return starts;
  const int64_t end = std::ssize(words) - params * kParam;
  for (int64_t at = kHeader; at + kNodeHeader <= end;) {
    const int64_t length = words[at + 1];
    if (length < kNodeHeader || length > end - at) break;
    starts.push_back(at);
    at += length;
  }
  return starts;
}

/// Multiply-adds of a sample, about.
double work_of(const Graph& graph) {
  double work = 0;
  for (const Node& node : graph.nodes) {
    double each = 1 + static_cast<double>(node.inputs.size()) + static_cast<double>(node.kh) * node.kw;
    if (node.weight >= 0) each += static_cast<double>(graph.params[node.weight].size) / node.shape.c;
    work += each * static_cast<double>(node.shape.size());
  }
  return work;
}

void plan(const Graph& graph, const Program& program, std::span<const double> coefficients) {
  for (const auto purpose : {engine::Purpose::kForward, engine::Purpose::kGradient,
                             engine::Purpose::kTraining, engine::Purpose::kDirect}) {
    program.plan(purpose);
  }
  engine::schedule_forward(program.plan(engine::Purpose::kForward), coefficients);
  const engine::Schedule schedule =
      engine::schedule_backward(program.plan(engine::Purpose::kGradient), coefficients,
                                {trainable_parameters(graph), graph.slots > 0, true});
  require(schedule.gradient_pixels >= 0, "a schedule with a negative size");
}

void evaluate_both(Program& program, std::span<const double> coefficients) {
  const Graph& graph = program.graph();
  Request request;
  request.tasks = {ForwardTask{}, NtkTask{}, RegionsTask{}};
  request.batch = 2;
  request.device = DeviceChoice::kCpu;
  std::vector<float> inputs(graph.nodes[graph.input].shape.size() * 2);
  for (size_t i = 0; i < inputs.size(); ++i) inputs[i] = std::sin(static_cast<float>(i));
  request.repeats = {{inputs, {}, SeededWeights{}}};
  request.candidate_count = 1;
  request.candidates = {coefficients.begin(), coefficients.end()};
  validate(program, request);
  const Response fast = evaluate(program, request);
  request.reference = true;
  const Response plain = evaluate(program, request);
  const auto& regions = std::get<RegionsAnswer>(fast.evaluations[0][2]);
  require(regions.neurons == std::get<RegionsAnswer>(plain.evaluations[0][2]).neurons,
          "the engines count other numbers of neurons");
}

}  // namespace

Words sample(test::Random& random) {
  if (random.chance(0.05)) return test::encoded_sample().words;
  return test::random_net(random, {.steps = random.integer(1, 16)}).encoded.words;
}

void rearrange(Words& words, test::Random& random) {
  if (std::ssize(words) < kHeader) return;
  const std::vector<int64_t> starts = record_starts(words);
  if (!starts.empty()) {
    const int64_t at = starts[random.integer(0, static_cast<int32_t>(starts.size()) - 1)];
    const int64_t length = words[at + 1];
    const Words record(words.begin() + at, words.begin() + at + length);
    switch (random.integer(0, 4)) {
      case 0:  // a record less
        words.erase(words.begin() + at, words.begin() + at + length);
        add(words[2], -1);
        break;
      case 1:  // a record more
        words.insert(words.begin() + starts[random.integer(0, static_cast<int32_t>(starts.size()) - 1)],
                     record.begin(), record.end());
        add(words[2], 1);
        break;
      case 2:  // a word more in a record
        words.insert(words.begin() + at + random.integer(kNodeHeader, static_cast<int32_t>(length)),
                     any(words, random));
        add(words[at + 1], 1);
        break;
      case 3:  // another operation
        words[at] = random.integer(0, 13);
        break;
      default:  // another field of a record
        words[at + random.integer(2, static_cast<int32_t>(length) - 1)] =
            random.chance(0.5) ? random.integer(-2, 20) : any(words, random);
    }
  } else if (std::ssize(words) >= kHeader + kParam) {
    words[3] = random.integer(0, static_cast<int32_t>(std::ssize(words) / kParam));
  }
  words[7] = static_cast<int32_t>(std::ssize(words));
}

std::string read(std::span<const int32_t> words) {
  Graph graph = decode_graph(words);
  if (std::ssize(graph.nodes) > kPlannedNodes || graph.slots > kPlannedSlots) return "value, large";
  std::vector<double> coefficients(graph.slots);
  for (size_t i = 0; i < coefficients.size(); ++i) coefficients[i] = i % 3 == 0 ? 0 : 0.5;
  const double work = work_of(graph);
  Program program(std::move(graph));
  plan(program.graph(), program, coefficients);
  if (work > kEvaluatedWork || program.graph().param_values > kEvaluatedWork) return "value, large";
  evaluate_both(program, coefficients);
  return "value";
}

}  // namespace tenas::fuzz
