#include "runtime/validate_tasks.hpp"

#include <algorithm>
#include <cmath>
#include <string>

#include "base/error.hpp"
#include "graph/parameter_set.hpp"

namespace tenas {
namespace {

constexpr int32_t kMostBatches = 1 << 16;

[[noreturn]] void refuse(const std::string& message) {
  throw Error("REQUEST_INVALID", message);
}

int64_t outputs_of(const Graph& graph) {
  return graph.nodes[graph.output].shape.size();
}

void check_batches(int32_t batches, const std::string& field) {
  if (batches < 1 || batches > kMostBatches) {
    refuse(field + ".batches is " + std::to_string(batches) + "; it must be 1 to " +
           std::to_string(kMostBatches));
  }
}

void check_values(const std::vector<float>& values, int64_t wanted, const std::string& field) {
  if (std::ssize(values) != wanted) {
    refuse(field + " has " + std::to_string(values.size()) + " values; " + std::to_string(wanted) +
           " are needed");
  }
}

void check(const Graph&, const Request&, const ForwardTask&, const std::string&) {}
void check(const Graph&, const Request&, const NtkTask&, const std::string&) {}
void check(const Graph&, const Request&, const CodesTask&, const std::string&) {}

void check(const Graph&, const Request&, const RegionsTask& task, const std::string& field) {
  check_batches(task.batches, field);
}

void check_below(int64_t value, int64_t count, const std::string& what) {
  if (value >= 0 && value < count) return;
  refuse(what + " " + std::to_string(value) + "; it must be 0 to " + std::to_string(count - 1));
}

void check_nodes(const Graph& graph, const std::vector<int32_t>& nodes, const std::string& field) {
  if (nodes.empty()) refuse(field + ".nodes is empty; at least one node is needed");
  for (const int32_t node : nodes) check_below(node, std::ssize(graph.nodes), field + ".nodes has");
}

void check(const Graph& graph, const Request& request, const PatternsTask& task, const std::string& field) {
  if (request.batch > PatternsTask::kMostSamples) {
    refuse("batchSize is " + std::to_string(request.batch) + "; with the task patterns (" + field +
           ") it must be at most " + std::to_string(PatternsTask::kMostSamples));
  }
  for (const int32_t node : task.nodes) check_below(node, std::ssize(graph.nodes), field + ".nodes has");
}

void check(const Graph& graph, const Request& request, const PixelsTask& task, const std::string& field) {
  if (task.ranges.empty()) refuse(field + ".ranges is empty; at least one range is needed");
  for (size_t k = 0; k < task.ranges.size(); ++k) {
    const auto [node, first, count] = task.ranges[k];
    const std::string place = field + ".ranges[" + std::to_string(k) + "]";
    check_below(node, std::ssize(graph.nodes), place + ".node is");
    const Shape& shape = graph.nodes[node].shape;
    const int64_t pixels = int64_t{request.batch} * shape.h * shape.w;
    check_below(first, pixels, place + ".first is");
    if (count < 1 || count > pixels - first) {
      refuse(place + ".count is " + std::to_string(count) + "; it must be 1 to " +
             std::to_string(pixels - first));
    }
  }
}

void check(const Graph&, const Request&, const ConstantsTask& task, const std::string& field) {
  constexpr size_t kMostWeights = 64;
  if (task.weights.empty() || task.weights.size() > kMostWeights) {
    refuse(field + ".weights has " + std::to_string(task.weights.size()) + " values; it must have 1 to " +
           std::to_string(kMostWeights));
  }
  for (const double weight : task.weights) {
    if (!std::isfinite(weight)) refuse(field + ".weights holds a value that is not a finite number");
  }
}

void check(const Graph& graph, const Request&, const FeaturesTask& task, const std::string& field) {
  check_nodes(graph, task.nodes, field);
  if (task.channels.empty()) return;
  if (task.channels.size() != task.nodes.size()) {
    refuse(field + ".channels has " + std::to_string(task.channels.size()) + " lists; " +
           std::to_string(task.nodes.size()) + " are needed, one for each node");
  }
  for (size_t k = 0; k < task.nodes.size(); ++k) {
    const std::string place = field + ".channels[" + std::to_string(k) + "]";
    if (task.channels[k].empty()) refuse(place + " is empty; at least one channel is needed");
    for (const int32_t channel : task.channels[k]) {
      check_below(channel, graph.nodes[task.nodes[k]].shape.c, place + " has");
    }
  }
}

void check(const Graph& graph, const Request&, const ChangeTask& task, const std::string& field) {
  check_below(task.node, std::ssize(graph.nodes), field + ".node is");
}

void check(const Graph& graph, const Request& request, const BlocksTask& task, const std::string& field) {
  if (task.blocks.empty()) refuse(field + ".blocks is empty; at least one block is needed");
  int64_t wanted = 0;
  for (size_t k = 0; k < task.blocks.size(); ++k) {
    const std::string place = field + ".blocks[" + std::to_string(k) + "]";
    const auto [from, to] = task.blocks[k];
    check_below(to, std::ssize(graph.nodes), place + ".to is");
    if (from < 0 || from >= to) {
      refuse(place + ".from is " + std::to_string(from) + "; it must be a node before .to, " +
             std::to_string(to));
    }
    wanted += request.batch * graph.nodes[to].shape.size();
  }
  if (const auto* given = std::get_if<std::vector<float>>(&task.signs)) {
    check_values(*given, wanted, field + ".signs");
  }
}

void check(const Graph& graph, const Request&, const JacobianTask& task, const std::string& field) {
  if (task.parameters.empty()) refuse(field + ".parameters is empty; at least one is needed");
  const ParameterSet set = trainable_parameters(graph);
  for (const int32_t id : task.parameters) {
    check_below(id, std::ssize(graph.params), field + ".parameters has");
    if (!set[id]) {
      refuse(field + ".parameters has " + std::to_string(id) +
             ", a running statistic; it must be a weight or a bias");
    }
  }
}

void check_loss(const Graph& graph, const Request& request, const Loss& loss, int32_t batches,
                const std::string& field) {
  const int64_t values = int64_t{batches} * request.batch * outputs_of(graph);
  if (const auto* entropy = std::get_if<CrossEntropy>(&loss)) {
    if (!(entropy->label_smoothing >= 0 && entropy->label_smoothing < 1)) {
      refuse(field + ".loss.labelSmoothing is " + std::to_string(entropy->label_smoothing) +
             "; it must be at least 0 and less than 1");
    }
  } else if (const auto* squares = std::get_if<MeanSquares>(&loss)) {
    check_values(squares->targets, values, field + ".loss.targets");
  } else if (const auto* given = std::get_if<OutputGradient>(&loss)) {
    check_values(given->values, values, field + ".loss.values");
  }
}

void check(const Graph& graph, const Request& request, const GradientTask& task, const std::string& field) {
  check_batches(task.batches, field);
  if (!task.of.parameters && !task.of.coefficients && !task.of.input) {
    refuse(field + ".of is empty; it must name parameters, coefficients or input");
  }
  check_loss(graph, request, task.loss, task.batches, field);
}

void check(const Graph&, const Request&, const CurvatureTask& task, const std::string& field) {
  if (std::isfinite(task.temperature) && task.temperature > 0) return;
  refuse(field + ".temperature is " + std::to_string(task.temperature) + "; it must be greater than 0");
}

void check(const Graph& graph, const Request& request, const SaliencyTask& task, const std::string& field) {
  check_nodes(graph, task.nodes, field);
  check_loss(graph, request, task.loss, 1, field);
}

}  // namespace

void validate_task(const Graph& graph, const Request& request, size_t index) {
  const std::string field = "tasks[" + std::to_string(index) + "]";
  std::visit([&](const auto& task) { check(graph, request, task, field); }, request.tasks[index]);
}

void validate_labels(const Graph& graph, const Request& request, size_t index) {
  const std::vector<int32_t>& labels = request.repeats[index].labels;
  const std::string field = "repeats[" + std::to_string(index) + "].labels";
  const bool read = std::any_of(request.tasks.begin(), request.tasks.end(), needs_labels);
  if (labels.empty() && !read) return;
  const int64_t wanted = int64_t{request.batch} * batches_of(request);
  if (std::ssize(labels) != wanted) {
    refuse(field + " has " + std::to_string(labels.size()) + " values; " + std::to_string(wanted) +
           " are needed, one per sample");
  }
  const int64_t classes = outputs_of(graph);
  for (size_t i = 0; i < labels.size(); ++i) {
    if (labels[i] < 0 || labels[i] >= classes) {
      refuse(field + "[" + std::to_string(i) + "] is " + std::to_string(labels[i]) + "; it must be 0 to " +
             std::to_string(classes - 1));
    }
  }
}

int32_t batches_of(const Request& request) {
  int32_t most = 1;
  for (const Task& task : request.tasks) most = std::max(most, batches_of(task));
  return most;
}

}  // namespace tenas
