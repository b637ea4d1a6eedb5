// The tasks that look inside a network: change, blocks, saliency, jacobian.
#include <doctest/doctest.h>

#include <numeric>

#include "support/compare.hpp"
#include "support/gradient_tasks.hpp"
#include "support/random_graph.hpp"

using namespace tenas;
using namespace tenas::test;

namespace {

constexpr int32_t kNets = 150;

int32_t node_count(const Graph& graph) {
  return static_cast<int32_t>(graph.nodes.size());
}

/// Some blocks of a network, with signs that are drawn or given.
BlocksTask random_blocks(Random& random, const Graph& graph, int32_t batch) {
  BlocksTask task;
  int64_t values = 0;
  for (int32_t k = 0; k < 4; ++k) {
    const int32_t to = random.integer(1, node_count(graph) - 1);
    task.blocks.push_back({random.integer(0, to - 1), to});
    values += graph.nodes[to].shape.size() * batch;
  }
  task.signs = DrawnSigns{random.bits()};
  if (random.chance(0.5)) task.signs = random.normals<float>(values);
  return task;
}

/// All values of an answer: those of a block or node in a row.
std::vector<std::vector<double>> parts(const Answer& answer) {
  std::vector<std::vector<double>> all;
  if (const auto* change = std::get_if<ChangeAnswer>(&answer)) {
    all = {change->absolute, change->squares, change->statistics};
  } else if (const auto* blocks = std::get_if<BlocksAnswer>(&answer)) {
    for (const BlockAnswer& block : blocks->blocks) all.push_back(block.product);
  } else if (const auto* saliency = std::get_if<SaliencyAnswer>(&answer)) {
    for (const NodeSaliency& node : saliency->nodes) {
      all.insert(all.end(), {node.products, node.outputs, node.gradients});
    }
  } else if (const auto* jacobian = std::get_if<JacobianAnswer>(&answer)) {
    all = {jacobian->logits, jacobian->jacobian};
  }
  return all;
}

/// Largest difference of values, relative to the largest number of `expected`, where a nudge moves that by
/// less than 1e-9 of itself. Left out is what only rounding decides: zeros that are not quite 0, and whether
/// a sample without variance has any.
struct Comparison {
  double worst = 0;
  int64_t compared = 0, left_out = 0;

  void add(const Answer& found_answer, const Answer& expected_answer, const Answer& nudged_answer) {
    const auto found = parts(found_answer), expected = parts(expected_answer), nudged = parts(nudged_answer);
    REQUIRE(found.size() == expected.size());
    for (size_t k = 0; k < found.size(); ++k) {
      REQUIRE(found[k].size() == expected[k].size());
      double size = 0, noise = 0;
      for (size_t i = 0; i < found[k].size(); ++i) {
        if (!std::isnan(expected[k][i])) size = std::max(size, std::abs(expected[k][i]));
        noise = std::max(noise, std::abs(nudged[k][i] - expected[k][i]));
      }
      const bool steady = noise <= 1e-9 * size && (size == 0 || size > 1e-9);
      for (size_t i = 0; i < found[k].size(); ++i) {
        const double difference = std::abs(found[k][i] - expected[k][i]);
        const bool same = std::isnan(found[k][i]) && std::isnan(expected[k][i]);
        if (!steady || (std::isnan(difference) && !same)) {
          ++left_out;
          continue;
        }
        ++compared;
        if (difference > 0) worst = std::max(worst, difference / size);
      }
    }
  }
};

std::vector<int32_t> all_nodes(const Graph& graph) {
  std::vector<int32_t> nodes(graph.nodes.size());
  std::iota(nodes.begin(), nodes.end(), 0);
  return nodes;
}

/// Ids of the weights and biases.
std::vector<int32_t> trainable(const Graph& graph) {
  const ParameterSet set = trainable_parameters(graph);
  std::vector<int32_t> ids;
  for (int32_t id = 0; id < std::ssize(set); ++id) {
    if (set[id]) ids.push_back(id);
  }
  return ids;
}

std::vector<Task> inner_tasks(Random& random, const Graph& graph, const Sample& sample) {
  Sample one = sample;
  one.batches = 1;
  std::vector<Task> tasks{ChangeTask{random.integer(0, node_count(graph) - 1)},
                          random_blocks(random, graph, sample.batch),
                          SaliencyTask{all_nodes(graph), random_loss(random, graph, one), true}};
  if (const std::vector<int32_t> ids = trainable(graph); !ids.empty()) tasks.push_back(JacobianTask{ids});
  return tasks;
}

/// Two layers with branches, and a block in which maps shrink from 7 x 5 to 4 x 3.
struct SmallNet {
  Graph graph;
  int32_t stem, conv, skip, end;
};
SmallNet small_net() {
  GraphBuilder b;
  const int32_t stem =
      b.batch_norm(b.conv(b.input({2, 7, 5}), {.out = 3, .kernel = {3, 3}, .padding = {1, 1}}));
  const int32_t conv =
      b.conv(b.relu(stem), {.out = 4, .kernel = {3, 3}, .stride = {2, 2}, .padding = {1, 1}, .bias = true});
  const int32_t skip = b.conv(b.relu(stem), {.out = 4, .stride = {2, 2}, .bias = true});
  const int32_t end = b.mix({{b.batch_norm(conv), -1}, {skip, -1}});
  return {b.build(b.linear(b.global_avg_pool(b.relu(b.batch_norm(end))), 3)), stem, conv, skip, end};
}

}  // namespace

TEST_CASE("in double precision the fast engine's inner tasks equal the reference's") {
  Random random(70);
  Comparison all[4];
  for (int32_t round = 0; round < kNets; ++round) {
    CAPTURE(round);
    const RandomNet net = random_net(random);
    const Sample sample(net.graph, random, random.integer(1, 9), 2);
    const std::vector<Task> tasks = inner_tasks(random, net.graph, sample);
    const auto expected = reference_answers(net.graph, sample, net.coefficients, tasks);
    const auto nudged = reference_answers(net.graph, sample, net.coefficients, tasks, 1e-13);
    const auto found = Compiled(net.graph, "double").answers(sample, net.coefficients, tasks);
    for (size_t k = 0; k < tasks.size(); ++k) {
      CAPTURE(k);
      all[k].add(found[k], expected[k], nudged[k]);
      CHECK(all[k].worst < 1e-8);
    }
  }
  for (const Comparison& each : all) CHECK(each.compared > 20 * each.left_out);
}

TEST_CASE("in single precision the inner tasks of every instruction set are close") {
  const SmallNet net = small_net();
  Random random(71);
  const Sample sample(net.graph, random, 19, 2);
  const std::vector<Task> tasks{
      ChangeTask{net.end}, BlocksTask{{{net.stem, net.end}, {0, net.stem}, {0, net.end}}, DrawnSigns{5}},
      SaliencyTask{{net.stem, net.conv, net.skip}, CrossEntropy{}, true}, JacobianTask{trainable(net.graph)}};
  const auto expected = reference_answers(net.graph, sample, {}, tasks);
  for (const std::string_view isa : engine::available_isas()) {
    CAPTURE(isa);
    const auto found = Compiled(net.graph, isa).answers(sample, {}, tasks);
    for (size_t k = 0; k < tasks.size(); ++k) {
      CAPTURE(k);
      Comparison comparison;
      comparison.add(found[k], expected[k], expected[k]);
      CHECK(comparison.left_out < comparison.compared / 20);
      CHECK(comparison.worst < 2e-5);
    }
  }
}

TEST_CASE("the gradient of a block from the input to the output is that of the task gradient") {
  const SmallNet net = small_net();
  Random random(72);
  const Sample sample(net.graph, random, 6);
  const auto signs = random.normals<float>(6 * 3);
  const auto activations =
      reference::forward(net.graph, {}, sample.weights64(), sample.inputs64(), 6, Statistics::kBatch);
  const std::vector<double> found =
      reference::block_gradient(net.graph, {}, sample.weights64(), activations, {0, net.graph.output},
                                std::vector<double>(signs.begin(), signs.end()), 6);
  const GradientTask task{OutputGradient{signs}, GradientStatistics::kThrough, {.input = true}};
  const auto expected = std::get<GradientAnswer>(reference_answers(net.graph, sample, {}, {task})[0]);
  CHECK(relative_error(found, expected.input) < kSingle);
}

TEST_CASE("a layer's saliency adds up to its weights times their gradient") {
  const SmallNet net = small_net();
  Random random(73);
  const Sample sample(net.graph, random, 7);
  const SaliencyTask task{{net.skip}, CrossEntropy{}};
  const GradientTask gradient{CrossEntropy{}, GradientStatistics::kThrough, {.parameters = true}};
  const auto answers = reference_answers(net.graph, sample, {}, {task, gradient});
  const auto& products = std::get<SaliencyAnswer>(answers[0]).nodes[0].products;
  const auto& parameters = std::get<GradientAnswer>(answers[1]).parameters;
  std::vector<double> found(4, 0.0), expected(4, 0.0);
  for (size_t i = 0; i < products.size(); ++i) found[i % 4] += products[i];
  const Node& layer = net.graph.nodes[net.skip];
  for (const int32_t id : {layer.weight, layer.bias}) {
    const Param& param = net.graph.params[id];
    for (int64_t i = 0; i < param.size; ++i) {
      const int64_t value = param.offset + i;
      expected[i / (param.size / 4)] += double{sample.weights[value]} * parameters[value];
    }
  }
  CHECK(relative_error(found, expected) < 1e-6);
}

TEST_CASE("a column of the Jacobian is what a small step of the weight changes") {
  const SmallNet net = small_net();
  Random random(74);
  const Sample sample(net.graph, random, 3);
  const std::vector<int32_t> ids = trainable(net.graph);
  const auto found =
      std::get<JacobianAnswer>(reference_answers(net.graph, sample, {}, {JacobianTask{ids}})[0]);
  constexpr double kStep = 1e-6;
  for (size_t k = 0; k < ids.size(); ++k) {
    CAPTURE(k);
    const auto logits = [&](double step) {
      std::vector<double> weights = sample.weights64();
      weights[net.graph.params[ids[k]].offset] += step;
      const auto activations =
          reference::forward(net.graph, {}, weights, sample.inputs64(), 3, Statistics::kRunning);
      return activations.node[net.graph.output];
    };
    const auto above = logits(kStep), below = logits(-kStep);
    for (size_t i = 0; i < above.size(); ++i) {
      CHECK(found.jacobian[i * ids.size() + k] ==
            doctest::Approx((above[i] - below[i]) / (2 * kStep)).epsilon(1e-5).scale(1));
    }
  }
}

TEST_CASE("a block of identities leaves the signs unchanged, a change of none is 0") {
  GraphBuilder b;
  const int32_t stem = b.conv(b.input({1, 3, 3}), {.out = 2});
  const int32_t skip = b.mix({{stem, -1}});
  const int32_t dead = b.mix({}, b.shape(stem));
  const int32_t both = b.mix({{skip, -1}, {dead, -1}});
  const Graph graph = b.build(b.linear(b.global_avg_pool(both), 2));
  Random random(75);
  Sample sample(graph, random, 5, 2);
  std::copy_n(sample.inputs.begin(), 45, sample.inputs.begin() + 45);
  const std::vector<Task> tasks{BlocksTask{{{stem, both}, {stem, dead}}, DrawnSigns{1}}, ChangeTask{both}};
  auto isas = engine::available_isas();
  isas.push_back("double");
  for (const std::string_view isa : isas) {
    CAPTURE(isa);
    const auto answers = Compiled(graph, isa).answers(sample, {}, tasks);
    const auto& blocks = std::get<BlocksAnswer>(answers[0]).blocks;
    CHECK(blocks[0].unchanged);
    CHECK(blocks[0].product[0] == doctest::Approx(1));
    CHECK(!blocks[1].unchanged);
    CHECK(blocks[1].product == std::vector<double>(4, 0.0));
    CHECK(std::get<ChangeAnswer>(answers[1]).absolute == std::vector<double>(5, 0.0));
  }
}

TEST_CASE("drawn signs are 1 and -1 in turn at random, others for each tensor and seed") {
  const auto mean = [](const std::vector<double>& values) {
    return std::accumulate(values.begin(), values.end(), 0.0) / static_cast<double>(values.size());
  };
  const std::vector<double> first = signs_of(DrawnSigns{1}, 0, 0, 100'003);
  for (const double value : first) REQUIRE(std::abs(value) == 1);
  CHECK(std::abs(mean(first)) < 0.016);  // five standard errors
  for (const auto& other : {signs_of(DrawnSigns{1}, 1, 0, 100'003), signs_of(DrawnSigns{2}, 0, 0, 100'003)}) {
    std::vector<double> products;
    for (size_t i = 0; i < first.size(); ++i) products.push_back(first[i] * other[i]);
    CHECK(std::abs(mean(products)) < 0.016);
  }
}
