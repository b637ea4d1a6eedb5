// The reference engine's backward pass against central differences of its forward pass, in double precision.
#include <doctest/doctest.h>

#include <algorithm>
#include <functional>
#include <string>

#include "reference/reference.hpp"
#include "support/graph_builder.hpp"
#include "support/random.hpp"

using namespace tenas;
using namespace tenas::test;

namespace {

constexpr int32_t kBatch = 3;
constexpr double kStep = 1e-5;

struct Setting {
  Graph graph;
  std::vector<double> coefficients;
};

constexpr GradientStatistics kAll[] = {GradientStatistics::kThrough, GradientStatistics::kConstant,
                                       GradientStatistics::kPerSample, GradientStatistics::kNone};

/// sum(direction * output) as a function of weights, input and mixing coefficients.
class Objective {
 public:
  Objective(const Setting& setting, GradientStatistics statistics, Random& random)
      : coefficients(setting.coefficients), setting_(setting), statistics_(statistics) {
    const Graph& graph = setting.graph;
    weights = random.weights<double>(graph);
    input = random.normals<double>(kBatch * node(graph.input).shape.size());
    direction = random.normals<double>(kBatch * node(graph.output).shape.size());
    GradientTask task;
    task.statistics = statistics;
    pass_ = forward_statistics(task);
    activations = run(pass_);
    if (statistics == GradientStatistics::kConstant) {
      freeze_statistics();
      pass_ = Statistics::kRunning;
    }
  }

  double value() const {
    const std::vector<double> output = run(pass_).node[setting_.graph.output];
    double sum = 0;
    for (size_t i = 0; i < output.size(); ++i) sum += direction[i] * output[i];
    return sum;
  }

  reference::Gradients gradients() const {
    return reference::backward(setting_.graph, coefficients, weights, activations, direction, kBatch,
                               statistics_);
  }

  /// Fourth-order central difference by one weight, input value or coefficient.
  double slope(double& variable) const {
    const double middle = variable;
    const auto difference = [&](double step) {
      variable = middle + step;
      const double above = value();
      variable = middle - step;
      return above - value();
    };
    const double slope = (8 * difference(kStep) - difference(2 * kStep)) / (12 * kStep);
    variable = middle;
    return slope;
  }

  std::vector<double> weights, input, coefficients, direction;
  reference::Activations activations;

 private:
  const Node& node(int32_t id) const { return setting_.graph.nodes[id]; }
  reference::Activations run(Statistics statistics) const {
    return reference::forward(setting_.graph, coefficients, weights, input, kBatch, statistics);
  }

  /// Makes the batch's statistics the running ones, so that a forward pass holds them constant.
  void freeze_statistics() {
    const Graph& graph = setting_.graph;
    for (size_t v = 0; v < graph.nodes.size(); ++v) {
      const Node& norm = graph.nodes[v];
      if (norm.op != Op::kBatchNorm || activations.mean[v].empty()) continue;
      const size_t mean = graph.params[norm.running_mean].offset;
      const size_t variance = graph.params[norm.running_var].offset;
      for (size_t c = 0; c < activations.mean[v].size(); ++c) {
        const double inverse = activations.inv_std[v][c];
        weights[mean + c] = activations.mean[v][c];
        weights[variance + c] = 1 / (inverse * inverse) - norm.eps;
      }
    }
  }

  const Setting& setting_;
  GradientStatistics statistics_;
  Statistics pass_ = Statistics::kBatch;
};

/// Compares the gradient by every parameter, input value and coefficient with its central difference.
void check_gradients(const Setting& setting, uint64_t seed) {
  for (const GradientStatistics statistics : kAll) {
    CAPTURE(static_cast<int>(statistics));
    Random random(seed);
    Objective objective(setting, statistics, random);
    reference::Gradients found = objective.gradients();
    double scale = 1;
    for (const double g : found.parameters) scale = std::max(scale, std::abs(g));
    const auto check = [&](double gradient, double& variable) {
      const double slope = objective.slope(variable);
      if (!(std::abs(gradient - slope) <= 1e-8 * scale)) CHECK(gradient - slope == 0);
    };
    for (const Param& param : setting.graph.params) {
      const bool statistic =
          param.kind == ParamKind::kBnRunningMean || param.kind == ParamKind::kBnRunningVar;
      for (int64_t i = 0; i < param.size; ++i) {
        const size_t at = param.offset + i;
        CAPTURE(at);
        if (statistic) {  // not trained, whatever the forward pass does with them
          CHECK(found.parameters[at] == 0);
        } else {
          check(found.parameters[at], objective.weights[at]);
        }
      }
    }
    // Nothing at all flows back where the output does not depend on the input.
    if (found.input.empty()) found.input.resize(objective.input.size());
    REQUIRE(found.input.size() == objective.input.size());
    for (size_t i = 0; i < found.input.size(); ++i) {
      CAPTURE(i);
      check(found.input[i], objective.input[i]);
    }
    for (size_t i = 0; i < setting.coefficients.size(); ++i) {
      CAPTURE(i);
      if (setting.coefficients[i] == 0) {  // off
        CHECK(found.coefficients[i] == 0);
      } else {
        check(found.coefficients[i], objective.coefficients[i]);
      }
    }
  }
}

using Operation = std::function<int32_t(GraphBuilder&, int32_t)>;

/// An operation between a convolution and a batch norm, so that its gradient goes through statistics on both
/// sides.
void check_operation(Shape shape, const Operation& operation, uint64_t seed = 1) {
  GraphBuilder b;
  const int32_t stem = b.batch_norm(b.conv(b.input({2, shape.h, shape.w}), {.out = shape.c}));
  const int32_t out = operation(b, stem);
  check_gradients({b.build(out), {}}, seed);
  check_gradients({b.build(b.linear(b.global_avg_pool(b.batch_norm(out)), 2)), {}}, seed + 1);
}

}  // namespace

TEST_CASE("gradients of convolutions") {
  const auto check = [](Shape shape, const ConvOptions& options) {
    check_operation(shape, [&](GraphBuilder& b, int32_t in) { return b.conv(in, options); });
  };
  SUBCASE("1x1") {
    check({3, 3, 3}, {.out = 2, .bias = true});
  }
  SUBCASE("3x3 on 3x3 maps") {
    check({2, 3, 3}, {.out = 3, .kernel = {3, 3}, .padding = {1, 1}});
  }
  SUBCASE("3x3 without padding") {
    check({2, 4, 5}, {.out = 2, .kernel = {3, 3}, .bias = true});
  }
  SUBCASE("5x5 wider than the map") {
    check({2, 3, 3}, {.out = 2, .kernel = {5, 5}, .padding = {2, 2}});
  }
  SUBCASE("rectangular 1x3") {
    check({2, 4, 3}, {.out = 2, .kernel = {1, 3}, .padding = {0, 1}});
  }
  SUBCASE("rectangular 5x2, uneven strides") {
    check({2, 6, 5}, {.out = 2, .kernel = {5, 2}, .stride = {1, 3}, .padding = {2, 1}});
  }
  SUBCASE("stride 2 on odd maps") {
    check({2, 5, 3}, {.out = 3, .kernel = {3, 3}, .stride = {2, 2}, .padding = {1, 1}});
  }
  SUBCASE("stride 2, 1x1: pixels that nothing reads") {
    check({2, 5, 4}, {.out = 2, .stride = {2, 2}});
  }
  SUBCASE("dilation 2") {
    check({2, 5, 5}, {.out = 2, .kernel = {3, 3}, .padding = {2, 2}, .dilation = {2, 2}});
  }
  SUBCASE("dilation 2 and stride 2") {
    check(
        {2, 7, 5},
        {.out = 2, .kernel = {3, 3}, .stride = {2, 2}, .padding = {2, 2}, .dilation = {2, 2}, .bias = true});
  }
  SUBCASE("depthwise") {
    check({4, 4, 3}, {.out = 4, .kernel = {3, 3}, .padding = {1, 1}, .groups = 4});
  }
  SUBCASE("depthwise with a multiplier") {
    check({2, 3, 3}, {.out = 4, .kernel = {3, 3}, .padding = {1, 1}, .groups = 2, .bias = true});
  }
  SUBCASE("grouped") {
    check({4, 3, 4}, {.out = 6, .kernel = {3, 3}, .stride = {2, 1}, .padding = {1, 1}, .groups = 2});
  }
  SUBCASE("rectangular 1x7 and 7x1, grouped") {
    check({4, 2, 8}, {.out = 4, .kernel = {1, 7}, .padding = {0, 3}, .groups = 2});
    check({4, 8, 2}, {.out = 4, .kernel = {7, 1}, .stride = {2, 1}, .padding = {3, 0}, .groups = 4});
  }
  SUBCASE("depthwise 7x7") {
    check({3, 5, 4}, {.out = 3, .kernel = {7, 7}, .padding = {3, 3}, .groups = 3});
  }
  SUBCASE("padding beyond the kernel") {
    check({2, 3, 3}, {.out = 2, .padding = {2, 2}});
  }
}

TEST_CASE("gradients of linear layers") {
  for (const bool bias : {false, true}) {
    check_operation({4, 1, 1}, [&](GraphBuilder& b, int32_t in) { return b.linear(in, 3, bias); });
  }
}

TEST_CASE("gradients of batch norm") {
  for (const bool scale : {false, true}) {
    for (const bool shift : {false, true}) {
      CAPTURE(scale);
      CAPTURE(shift);
      check_operation({3, 3, 3}, [&](GraphBuilder& b, int32_t in) {
        return b.batch_norm(b.conv(in, {.out = 2}), {.scale = scale, .shift = shift});
      });
      check_operation({3, 1, 1}, [&](GraphBuilder& b, int32_t in) {
        return b.batch_norm(in, {.scale = scale, .shift = shift, .eps = 0.1});
      });
    }
  }
}

TEST_CASE("gradients of ReLU") {
  check_operation({3, 3, 3}, [](GraphBuilder& b, int32_t in) { return b.relu(in); });
}

TEST_CASE("gradients of activations") {
  for (int32_t function = 0; function < 5; ++function) {
    CAPTURE(function);
    check_operation({3, 3, 3}, [&](GraphBuilder& b, int32_t in) {
      // Values on both sides of all bends, up to beyond 6.
      const int32_t wide = b.mix(std::vector<MixTerm>(4, {in, -1}));
      return b.activation(wide, static_cast<Activation>(function));
    });
  }
}

TEST_CASE("gradients of scales and selections of channels") {
  check_operation({3, 3, 2}, [](GraphBuilder& b, int32_t in) {
    const int32_t squeezed = b.linear(b.global_avg_pool(in), 3);
    return b.scale(in, b.activation(squeezed, Activation::kSigmoid));
  });
  check_operation({3, 1, 1}, [](GraphBuilder& b, int32_t in) { return b.scale(in, in); });
  check_operation({4, 3, 2}, [](GraphBuilder& b, int32_t in) { return b.select(in, {2, 0, 3, 1}); });
  check_operation({4, 3, 2}, [](GraphBuilder& b, int32_t in) {
    return b.concat({b.select(in, {3}), b.relu(b.select(in, {1, 3})), in});
  });
}

TEST_CASE("gradients of pools") {
  const std::vector<PoolOptions> all{
      {.kernel = {3, 3}, .padding = {1, 1}},
      {.kernel = {3, 3}, .stride = {2, 2}, .padding = {1, 1}},
      {.kernel = {2, 2}, .stride = {2, 2}},
      {.kernel = {1, 1}, .stride = {2, 2}},  // identity at stride 2
      {.kernel = {5, 2}, .stride = {3, 1}, .padding = {2, 1}},
  };
  for (PoolOptions options : all) {
    CAPTURE(options.kernel.first);
    CAPTURE(options.stride.first);
    check_operation({2, 5, 3}, [&](GraphBuilder& b, int32_t in) { return b.max_pool(in, options); });
    for (const bool count : {false, true}) {
      options.count_include_pad = count;
      check_operation({2, 5, 3}, [&](GraphBuilder& b, int32_t in) { return b.avg_pool(in, options); });
    }
  }
}

TEST_CASE("gradients of padding and cropping") {
  const auto check = [](int32_t top, int32_t bottom, int32_t left, int32_t right) {
    check_operation({2, 4, 5},
                    [&](GraphBuilder& b, int32_t in) { return b.pad(in, top, bottom, left, right); });
  };
  check(1, 0, 2, 1);
  check(-1, 0, 0, -2);
  check(-1, 2, 1, -1);
  check(-3, 0, -4, 0);
  check(-4, 2, 1, 0);  // crops everything: zeros
}

TEST_CASE("gradients of concat and global average pool") {
  check_operation({2, 3, 3}, [](GraphBuilder& b, int32_t in) {
    return b.concat({in, b.relu(in), b.conv(in, {.out = 3}), in});
  });
  check_operation({3, 3, 5}, [](GraphBuilder& b, int32_t in) { return b.global_avg_pool(in); });
}

TEST_CASE("gradients of mixes") {
  GraphBuilder b;
  const int32_t first = b.slot(), second = b.slot(), unused = b.slot();
  const int32_t stem = b.conv(b.input({2, 3, 3}), {.out = 2});
  const int32_t left = b.batch_norm(b.conv(b.relu(stem), {.out = 2, .kernel = {3, 3}, .padding = {1, 1}}));
  const int32_t right = b.avg_pool(stem, {.kernel = {3, 3}, .padding = {1, 1}, .count_include_pad = false});
  const int32_t nothing = b.mix({}, b.shape(stem));
  const int32_t off = b.conv(stem, {.out = 2});
  const int32_t sum =
      b.mix({{left, first}, {right, second}, {stem, -1}, {off, unused}, {nothing, -1}, {left, second}});
  const int32_t out = b.linear(b.global_avg_pool(b.relu(b.batch_norm(sum))), 2);
  const Graph graph = b.build(out);
  SUBCASE("all terms") {
    check_gradients({graph, {0.5, -1.25, 0.75}}, 3);
  }
  SUBCASE("a coefficient of 0 cuts its term") {
    const Setting setting{graph, {0.5, -1.25, 0}};
    check_gradients(setting, 4);
    Random random(5);
    const Objective objective(setting, GradientStatistics::kThrough, random);
    CHECK(objective.activations.node[off].empty());
  }
  SUBCASE("only the constant term") {
    check_gradients({graph, {0, 0, 0}}, 6);
  }
  SUBCASE("an empty mix is zero and passes no gradient on") {
    const int32_t only = b.linear(b.global_avg_pool(nothing), 2);
    check_gradients({b.build(only), {1, 1, 1}}, 7);
  }
}
