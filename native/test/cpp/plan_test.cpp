// Where plans put activations.
#include <doctest/doctest.h>

#include <algorithm>
#include <vector>

#include "plan/plan.hpp"
#include "support/random_graph.hpp"

using namespace tenas;
using namespace tenas::test;
using engine::NodePlan;
using engine::Plan;
using engine::Purpose;

namespace {

/// A stored tensor: its place in the arena, and the first and last node during which it must be there.
struct Lifetime {
  int32_t node;
  int64_t begin, end;
  int32_t written, last_read;
};

/// Lifetimes read off the graph: each node by itself asks who reads it.
std::vector<Lifetime> lifetimes(const Plan& plan) {
  const int32_t count = std::ssize(plan.nodes);
  const auto canonical = [&](int32_t v) { return plan.nodes[v].canonical; };
  const auto reads = [&](int32_t reader, int32_t tensor) {
    const auto& inputs = plan.graph.nodes[reader].inputs;
    return std::any_of(inputs.begin(), inputs.end(), [&](int32_t u) {
      if (canonical(u) == tensor) return true;
      const Node& input = plan.graph.nodes[canonical(u)];
      const bool passes_on = input.op == Op::kBatchNorm && !plan.nodes[canonical(u)].stored;
      return passes_on && canonical(input.inputs[0]) == tensor;
    });
  };
  std::vector<Lifetime> all;
  for (int32_t v = 0; v < count; ++v) {
    const NodePlan& node = plan.nodes[v];
    if (canonical(v) != v || !node.stored || plan.graph.nodes[v].op == Op::kInput) continue;
    const int32_t written = plan.is_fused(v) ? canonical(plan.graph.nodes[v].inputs[0]) : v;
    int32_t last = v;
    for (int32_t reader = v + 1; reader < count; ++reader) {
      if (canonical(reader) == reader && reads(reader, v)) last = reader;
    }
    if (v == canonical(plan.graph.output)) last = count;
    all.push_back({v, node.offset, node.offset + node.layout.size(), written, last});
  }
  return all;
}

}  // namespace

TEST_CASE("activations that are needed at the same time have places of their own") {
  int64_t saved = 0;
  for (uint64_t seed = 0; seed < 300; ++seed) {
    CAPTURE(seed);
    Random random(seed);
    const RandomNet net = random_net(random, {.steps = 20});
    const Plan forward(net.graph, Purpose::kForward), gradient(net.graph, Purpose::kGradient);
    for (const Plan* plan : {&forward, &gradient}) {
      const std::vector<Lifetime> all = lifetimes(*plan);
      for (const Lifetime& a : all) {
        CHECK(a.begin >= 0);
        CHECK(a.end <= plan->arena_pixels);
        for (const Lifetime& b : all) {
          if (&a == &b || a.end <= b.begin || b.end <= a.begin) continue;
          CAPTURE(a.node);
          CAPTURE(b.node);
          CHECK(plan == &forward);  // the backward pass reads all of them
          CHECK((a.last_read < b.written || b.last_read < a.written));
          // Halos are zeroed once: nobody else may write there.
          const auto &one = plan->nodes[a.node].layout, &other = plan->nodes[b.node].layout;
          if (one.halo > 0 || other.halo > 0) {
            CHECK(one == other);
            CHECK(a.begin == b.begin);
          }
        }
      }
    }
    saved += gradient.arena_pixels - forward.arena_pixels;
  }
  CHECK(saved > 0);
}

TEST_CASE("a chain of layers goes forward in the memory of two") {
  GraphBuilder b;
  int32_t last = b.input({3, 12, 12});
  for (int32_t layer = 0; layer < 20; ++layer)
    last = b.conv(last, {.out = 3, .kernel = {3, 3}, .padding = {1, 1}});
  const Graph graph = b.build(last);
  const Plan forward(graph, Purpose::kForward), gradient(graph, Purpose::kGradient);
  CHECK(forward.arena_pixels <= 3 * (3 * 14 * 14));
  CHECK(gradient.arena_pixels >= 19 * (3 * 14 * 14));
}
