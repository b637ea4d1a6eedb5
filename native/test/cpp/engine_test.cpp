// The fast engine against the reference engine on random networks.
#include <doctest/doctest.h>

#include "base/error.hpp"
#include "support/compare.hpp"
#include "support/random_graph.hpp"

using namespace tenas;
using namespace tenas::test;
using engine::Purpose;

namespace {

constexpr int32_t kNets = 250;
constexpr Statistics kStatistics[] = {Statistics::kBatch, Statistics::kRunning};
constexpr NtkMode kModes[] = {NtkMode::kBatch, NtkMode::kSample};

/// Logits leave the engine in single precision, so they are only compared to that.
constexpr double kLogits = 1.2e-7;

/// The double-precision engine for both purposes; forward-only plans take other paths on small maps.
struct Engines {
  explicit Engines(const Graph& graph)
      : forward(graph, "double", Purpose::kForward), gradient(graph, "double") {}
  Compiled forward, gradient;
};

std::vector<float> to_single(const std::vector<double>& values) {
  return {values.begin(), values.end()};
}

void check_double(const Graph& graph, std::span<const double> coefficients, const Sample& sample,
                  Engines& fast) {
  const auto weights = sample.weights64(), inputs = sample.inputs64();
  for (const Statistics statistics : kStatistics) {
    CAPTURE(static_cast<int>(statistics));
    const auto expected =
        reference::forward(graph, coefficients, weights, inputs, sample.batch, statistics).node[graph.output];
    for (Compiled* const engine : {&fast.forward, &fast.gradient}) {
      CHECK(relative_error(engine->forward(sample, coefficients, statistics), to_single(expected)) < kLogits);
    }
  }
  for (const NtkMode mode : kModes) {
    CAPTURE(static_cast<int>(mode));
    std::vector<double> logits;
    const auto expected = reference::ntk(graph, coefficients, weights, inputs, sample.batch, mode, &logits);
    const NtkAnswer found = fast.gradient.ntk(sample, coefficients, mode);
    CHECK(relative_error(found.kernel, expected) < 1e-9);
    CHECK(relative_error(found.logits, to_single(logits)) < kLogits);
  }
}

/// Whether two answers have the same bits.
bool same(const Answer& a, const Answer& b) {
  if (a.index() != b.index()) return false;
  if (const auto* x = std::get_if<ForwardAnswer>(&a)) {
    const auto& y = std::get<ForwardAnswer>(b);
    return x->logits == y.logits && x->statistics == y.statistics;
  }
  if (const auto* x = std::get_if<NtkAnswer>(&a)) {
    const auto& y = std::get<NtkAnswer>(b);
    return x->kernel == y.kernel && x->eigenvalues == y.eigenvalues && x->logits == y.logits;
  }
  if (const auto* x = std::get_if<CodesAnswer>(&a)) return x->kernel == std::get<CodesAnswer>(b).kernel;
  if (const auto* x = std::get_if<GradientAnswer>(&a)) {
    const auto& y = std::get<GradientAnswer>(b);
    return x->loss == y.loss && x->correct == y.correct && x->logits == y.logits &&
           x->parameters == y.parameters && x->sums == y.sums && x->coefficients == y.coefficients &&
           x->input == y.input;
  }
  const auto &x = std::get<RegionsAnswer>(a), &y = std::get<RegionsAnswer>(b);
  return x.regions == y.regions && x.neurons == y.neurons && x.popcounts == y.popcounts;
}

}  // namespace

TEST_CASE("in double precision the fast engine equals the reference") {
  // Not every seed will do: where a mix cancels, what is left is rounding.
  Random random(46);
  for (int32_t round = 0; round < kNets; ++round) {
    CAPTURE(round);
    const RandomNet net = random_net(random);
    Engines fast(net.graph);
    // One workspace serves batches of all sizes in turn: stale memory of another size must not show.
    for (int32_t i = 0; i < 2; ++i) {
      const Sample sample(net.graph, random, random.integer(2, 9));
      check_double(net.graph, net.coefficients, sample, fast);
    }
  }
}

TEST_CASE("linear regions equal the reference's") {
  // Not every seed will do: where mixing coefficients cancel, what is left is rounding, and so are its signs.
  Random random(48);
  for (int32_t round = 0; round < kNets; ++round) {
    CAPTURE(round);
    // Maps of up to 64 pixels have no halo, larger ones do.
    const RandomNet net = random_net(random, {.size = round % 2 == 0 ? 9 : 14});
    const Sample sample(net.graph, random, random.integer(2, 9), random.integer(1, 3));
    const auto expected = reference::regions(net.graph, net.coefficients, sample.weights64(),
                                             sample.inputs64(), sample.batches, sample.batch);
    for (const Purpose purpose : {Purpose::kForward, Purpose::kGradient}) {
      const auto found = Compiled(net.graph, "double", purpose).regions(sample, net.coefficients);
      CHECK(found.regions == expected.regions);
      CHECK(found.neurons == expected.neurons);
      CHECK(found.popcounts == expected.popcounts);
    }
  }
}

TEST_CASE("tasks that share a forward pass get the answers that they get alone") {
  Random random(47);
  for (int32_t round = 0; round < kNets / 5; ++round) {
    CAPTURE(round);
    const RandomNet net = random_net(random);
    const Sample sample(net.graph, random, random.integer(2, 9), 2);
    const std::vector<Task> tasks{
        ForwardTask{Statistics::kBatch},   NtkTask{NtkMode::kSample}, RegionsTask{2, true},
        ForwardTask{Statistics::kRunning}, NtkTask{NtkMode::kBatch},  RegionsTask{1, false}};
    Compiled fast(net.graph, "double");
    const std::vector<Answer> together = fast.answers(sample, net.coefficients, tasks);
    REQUIRE(together.size() == tasks.size());
    for (size_t k = 0; k < tasks.size(); ++k) {
      CAPTURE(k);
      const Answer alone = fast.answers(sample, net.coefficients, {tasks[k]})[0];
      REQUIRE(together[k].index() == tasks[k].index());
      CHECK(same(together[k], alone));
    }
  }
}

TEST_CASE("in single precision every instruction set is as close as rounding allows") {
  for (const std::string_view isa : engine::available_isas()) {
    CAPTURE(isa);
    Random random(44);
    for (int32_t round = 0; round < kNets / 2; ++round) {
      CAPTURE(round);
      const RandomNet net = random_net(random);
      const Sample sample(net.graph, random, random.integer(2, 19));
      // What a change of inputs and coefficients by 1e-6 does bounds what rounding may do: a ReLU near zero,
      // a tiny variance, a mix that cancels.
      Sample nudged = sample;
      for (float& value : nudged.inputs) value += 1e-6f * static_cast<float>(random.normal());
      std::vector<double> coefficients = net.coefficients;
      for (double& value : coefficients) value *= 1 + 1e-6 * random.normal();
      Compiled forward(net.graph, isa, Purpose::kForward), fast(net.graph, isa), exact(net.graph, "double");
      for (const Statistics statistics : kStatistics) {
        const auto expected = exact.forward(sample, net.coefficients, statistics);
        const double slack =
            2e-5 + 100 * relative_error(exact.forward(nudged, coefficients, statistics), expected);
        CHECK(relative_error(forward.forward(sample, net.coefficients, statistics), expected) <= slack);
      }
      for (const NtkMode mode : kModes) {
        const auto expected = exact.ntk(sample, net.coefficients, mode).kernel;
        const double slack =
            2e-5 + 100 * relative_error(exact.ntk(nudged, coefficients, mode).kernel, expected);
        CHECK(relative_error(fast.ntk(sample, net.coefficients, mode).kernel, expected) <= slack);
      }
    }
  }
}

TEST_CASE("an output that repeats another ReLU") {
  GraphBuilder b;
  const int32_t in = b.conv(b.input({2, 3, 3}), {.out = 3});
  b.relu(in);
  const Graph graph = b.build(b.relu(in));
  Random random(45);
  Engines fast(graph);
  check_double(graph, {}, Sample(graph, random, 5), fast);
}

TEST_CASE("graphs without operations, without parameters, with an unread output") {
  Random random(46);
  SUBCASE("only an input") {
    GraphBuilder b;
    const Graph graph = b.build(b.input({2, 3, 1}));
    Engines fast(graph);
    check_double(graph, {}, Sample(graph, random, 3), fast);
  }
  SUBCASE("no parameters") {
    GraphBuilder b;
    const Graph graph = b.build(b.global_avg_pool(b.relu(b.input({2, 3, 3}))));
    Engines fast(graph);
    check_double(graph, {}, Sample(graph, random, 3), fast);
  }
  SUBCASE("nodes after the output") {
    GraphBuilder b;
    const int32_t out = b.conv(b.input({2, 3, 3}), {.out = 3});
    b.mix({{b.relu(out), -1}, {out, -1}});
    const Graph graph = b.build(out);
    Engines fast(graph);
    check_double(graph, {}, Sample(graph, random, 3), fast);
  }
}

TEST_CASE("instruction sets") {
  GraphBuilder b;
  const Graph graph = b.build(b.input({1, 1, 1}));
  const engine::Plan plan(graph);
  CHECK(engine::available_isas().size() >= 1);
  CHECK(engine::make_engine(plan, "")->lanes() == engine::isa_lanes(engine::available_isas()[0]));
  CHECK(engine::isa_lanes("mmx") == 0);
  CHECK_THROWS_AS(engine::make_engine(plan, "mmx"), Error);
}
