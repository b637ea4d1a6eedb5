// Which nodes run for a candidate, and which of them the output depends on.
#include <doctest/doctest.h>

#include <string>

#include "base/error.hpp"
#include "support/graph_builder.hpp"

using namespace tenas;
using namespace tenas::test;

namespace {

using Live = std::vector<bool>;

/// input -> a -> relu -> mix(first) -> output, and beside it a branch whose mix nobody reads.
struct Sample {
  Graph graph;
  int32_t in, conv, relu, mix, side_conv, side_mix, unread, out;
};

Sample sample() {
  GraphBuilder b;
  Sample s;
  const int32_t first = b.slot(), second = b.slot();
  s.in = b.input({2, 3, 3});
  s.conv = b.conv(s.in, {.out = 2});
  s.relu = b.relu(s.conv);
  s.mix = b.mix({{s.relu, first}, {s.in, first}});
  s.side_conv = b.conv(s.in, {.out = 2});
  s.side_mix = b.mix({{s.side_conv, second}, {s.relu, second}});
  s.unread = b.relu(s.mix);
  s.out = b.global_avg_pool(s.mix);
  s.graph = b.build(s.out);
  return s;
}

Live only(const Sample& s, const std::vector<int32_t>& nodes) {
  Live live(s.graph.nodes.size(), false);
  for (const int32_t id : nodes) live[id] = true;
  return live;
}

}  // namespace

TEST_CASE("every mix and the output run, with what they read") {
  const Sample s = sample();
  const std::vector<double> both{0.5, -1};
  CHECK(executed_nodes(s.graph, both) ==
        only(s, {s.in, s.conv, s.relu, s.mix, s.side_conv, s.side_mix, s.out}));
  CHECK(contributing_nodes(s.graph, both) == only(s, {s.in, s.conv, s.relu, s.mix, s.out}));
}

TEST_CASE("a coefficient of 0 stops a branch, unless something else reads it") {
  const Sample s = sample();
  const std::vector<double> side{0, 1}, main{1, -0.0}, none{0, 0};
  CHECK(executed_nodes(s.graph, side) ==
        only(s, {s.in, s.conv, s.relu, s.mix, s.side_conv, s.side_mix, s.out}));
  CHECK(contributing_nodes(s.graph, side) == only(s, {s.mix, s.out}));
  CHECK(executed_nodes(s.graph, main) == only(s, {s.in, s.conv, s.relu, s.mix, s.side_mix, s.out}));
  CHECK(executed_nodes(s.graph, none) == only(s, {s.mix, s.side_mix, s.out}));
}

TEST_CASE("a candidate of the wrong length is refused") {
  const Sample s = sample();
  for (const size_t length : {0u, 1u, 3u}) {
    const std::vector<double> coefficients(length, 1.0);
    std::string code;
    try {
      executed_nodes(s.graph, coefficients);
    } catch (const Error& error) {
      code = error.code();
    }
    CHECK(code == "REQUEST_INVALID");
    CHECK_THROWS_AS(contributing_nodes(s.graph, coefficients), Error);
  }
}
