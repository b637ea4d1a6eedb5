// Damaged requests of a small valid network. One that is accepted is evaluated; the numbers must be the same
// on another number of threads. Every input is a whole request: each field takes the next word, and the
// fields that are left when the words end are 0.
#include <array>
#include <cmath>
#include <limits>

#include "fuzz/target.hpp"
#include "runtime/validate_tasks.hpp"
#include "support/random_graph.hpp"
#include "support/requests.hpp"

namespace tenas::fuzz {
namespace {

/// Values, samples and tasks that an accepted request may multiply to: larger ones are valid, and slow under
/// sanitizers.
constexpr double kMostWork = 1 << 18;

/// Reads an input's words as fields.
class Fields {
 public:
  explicit Fields(std::span<const int32_t> words) : rest_(words) {}

  int32_t word() {
    if (rest_.empty()) return 0;
    const int32_t value = rest_[0];
    rest_ = rest_.subspan(1);
    return value;
  }
  /// In [0, count).
  int32_t below(int32_t count) { return static_cast<int32_t>(static_cast<uint32_t>(word()) % count); }
  bool flag() { return (word() & 1) != 0; }
  double real() {
    constexpr std::array<double, 10> kEdges{0,      -0.0,
                                            1,      -1,
                                            1e-320, 1e308,
                                            -1e308, std::numeric_limits<double>::infinity(),
                                            0.5,    std::numeric_limits<double>::quiet_NaN()};
    const int32_t value = word();
    if (value >= 0 && value < std::ssize(kEdges)) return kEdges[value];
    return value / 1024.0;
  }
  std::vector<int32_t> list(int32_t most) {
    std::vector<int32_t> values(below(most + 1));
    for (int32_t& value : values) value = word();
    return values;
  }
  /// Mostly as many values as are wanted, normal or at edges.
  template <class T>
  std::vector<T> values(int64_t wanted) {
    const int32_t length = word(), content = word();
    const bool fits = length >= 0 && length < (1 << 20);
    int64_t count = length % 8 == 7 || !fits ? static_cast<uint32_t>(length) % 4096 : wanted;
    count = std::min<int64_t>(count, 1 << 18);
    test::Random random(static_cast<uint32_t>(content));
    std::vector<T> values = random.normals<T>(count);
    constexpr std::array kEdges{0.0f,
                                1e30f,
                                -1e30f,
                                1e-40f,
                                std::numeric_limits<float>::infinity(),
                                std::numeric_limits<float>::quiet_NaN(),
                                std::numeric_limits<float>::max()};
    const int32_t kind = content & 15;
    for (T& value : values) {
      if (kind < std::ssize(kEdges) && random.chance(0.1)) value = static_cast<T>(kEdges[kind]);
      if (kind == 7) value = 1;
    }
    return values;
  }

 private:
  std::span<const int32_t> rest_;
};

class RequestFields : Fields {
 public:
  RequestFields(std::span<const int32_t> words, const Graph& graph) : Fields(words), graph_(graph) {}

  Request request() {
    Request r;
    r.batch = word();
    r.threads = word();
    r.reference = below(4) == 3;
    constexpr std::array kIsas{"", "", "", "generic", "avx2", "avx512", "neon", "sse"};
    r.isa = kIsas[below(kIsas.size())];
    r.device = static_cast<DeviceChoice>(below(3));
    r.control->cancelled = below(32) == 31;
    batch_ = std::clamp(r.batch, 0, 4096);
    for (int32_t left = below(70) % 67; left > 0; --left) r.tasks.push_back(task());
    int64_t samples = batch_;
    samples *= std::clamp(batches_of(r), 0, 64);
    for (int32_t left = below(4); left > 0; --left) r.repeats.push_back(repeat(samples));
    r.candidate_count = word();
    r.candidates = values<double>(std::clamp<int64_t>(r.candidate_count, 0, 16) * graph_.slots);
    return r;
  }

 private:
  Loss loss(int32_t batches) {
    const int64_t wanted = std::clamp(batches, 0, 64) * batch_ * graph_.nodes[graph_.output].shape.size();
    switch (below(4)) {
      case 0:
        return CrossEntropy{real()};
      case 1:
        return MeanSquares{values<float>(wanted)};
      case 2:
        return OutputGradient{values<float>(wanted)};
      default:
        return OutputSum{};
    }
  }

  Task task() {
    switch (below(std::variant_size_v<Task>)) {
      case 0:
        return ForwardTask{static_cast<Statistics>(below(2))};
      case 1:
        return NtkTask{static_cast<NtkMode>(below(2))};
      case 2:
        return RegionsTask{.batches = word(), .popcounts = flag()};
      case 3:
        return CodesTask{};
      case 4: {
        FeaturesTask task{list(6), {}};
        for (int32_t left = below(3); left > 0; --left) task.channels.push_back(list(5));
        return task;
      }
      case 5: {
        const int32_t batches = word();
        return GradientTask{.loss = loss(batches),
                            .statistics = static_cast<GradientStatistics>(below(4)),
                            .of = {flag(), flag(), flag()},
                            .reduce = static_cast<Reduce>(below(3)),
                            .batches = batches};
      }
      case 6:
        return ChangeTask{word()};
      case 7:
        return blocks();
      case 8:
        return SaliencyTask{list(5), loss(1), flag()};
      case 9:
        return JacobianTask{list(6)};
      case 10:
        return PatternsTask{list(6)};
      case 11: {
        PixelsTask task;
        for (int32_t left = below(4); left > 0; --left) task.ranges.push_back({word(), word(), word()});
        return task;
      }
      case 12: {
        ConstantsTask task;
        for (int32_t left = below(66); left > 0; --left) task.weights.push_back(real());
        return task;
      }
      default:
        return CurvatureTask{real()};
    }
  }

  BlocksTask blocks() {
    BlocksTask task;
    int64_t wanted = 0;
    for (int32_t left = below(4); left > 0; --left) {
      task.blocks.push_back({word(), word()});
      const int32_t to = task.blocks.back().to;
      if (to >= 0 && to < std::ssize(graph_.nodes)) wanted += batch_ * graph_.nodes[to].shape.size();
    }
    if (flag()) {
      task.signs = values<float>(wanted);
    } else {
      task.signs = DrawnSigns{static_cast<uint32_t>(word())};
    }
    return task;
  }

  Repeat repeat(int64_t samples) {
    Repeat repeat;
    repeat.inputs = values<float>(samples * graph_.nodes[graph_.input].shape.size());
    const int32_t kind = below(8);
    if (kind == 7) repeat.labels = list(20);
    if (kind > 0 && kind < 7) {
      repeat.labels.resize(std::min<int64_t>(samples, 1 << 16));
      const auto classes = static_cast<int32_t>(graph_.nodes[graph_.output].shape.size());
      for (int32_t& label : repeat.labels) label = below(classes);
    }
    if (below(4) == 3) {
      repeat.weights = values<float>(graph_.param_values);
    } else {
      repeat.weights = SeededWeights{.seed = static_cast<uint32_t>(word()) * uint64_t{0x100000001},
                                     .repeat = static_cast<uint32_t>(word()),
                                     .init = static_cast<Init>(below(4)),
                                     .absolute = flag()};
    }
    return repeat;
  }

  const Graph& graph_;
  int64_t batch_ = 0;
};

/// The network of a request, always valid.
Graph network(int32_t seed) {
  test::Random random(static_cast<uint32_t>(seed));
  return test::random_net(random).graph;
}

double work_of(const Graph& graph, const Request& request) {
  double values = static_cast<double>(graph.param_values);
  for (const Node& node : graph.nodes) values += static_cast<double>(node.shape.size());
  double tasks = 0;
  for (const Task& task : request.tasks) {
    const auto* constants = std::get_if<ConstantsTask>(&task);
    tasks += constants != nullptr ? static_cast<double>(constants->weights.size()) : batches_of(task);
  }
  return values * request.batch * tasks * static_cast<double>(request.candidate_count) *
         static_cast<double>(request.repeats.size());
}

}  // namespace

Words sample(test::Random& random) {
  // A header that is accepted; random words are valid fields of tasks about as often as not.
  Words words{random.integer(0, 4095),
              random.integer(1, 12),                           // batch
              random.integer(1, 5),                            // threads
              random.integer(0, 3),                            // engine
              random.integer(0, 3),                            // instruction set
              random.integer(0, 1),                            // device
              random.chance(0.02) ? 31 : 0,                    // cancelled
              random.chance(0.9) ? 1 : random.integer(2, 4)};  // tasks
  for (int32_t left = random.integer(8, 60); left > 0; --left) words.push_back(random.integer(0, 6));
  return words;
}

void rearrange(Words& words, test::Random& random) {
  if (random.chance(0.5)) {
    any(words, random) = random.integer(0, 13);
  } else {
    const int32_t bits = random.integer(1, 31);
    any(words, random) = static_cast<int32_t>(random.bits() & ((uint64_t{1} << bits) - 1));
  }
}

std::string read(std::span<const int32_t> words) {
  if (words.empty()) return "empty";
  Program program(network(words[0]));
  Request request = RequestFields(words.subspan(1), program.graph()).request();
  validate(program, request);
  if (work_of(program.graph(), request) > kMostWork) return "value, large";
  const test::Evaluations one = evaluate(program, request).evaluations;
  require(std::ssize(one) == request.candidate_count * std::ssize(request.repeats),
          "another number of evaluations than were asked for");
  request.threads = request.threads == 1 ? 3 : 1;
  require(test::same(one, test::answers(program, request)), "other numbers on another number of threads");
  return "value";
}

}  // namespace tenas::fuzz
