// Results are the same bits on any number of threads: every task, instruction set and way to share the work.
#include <doctest/doctest.h>

#include <array>

#include "support/random_graph.hpp"
#include "support/requests.hpp"

using namespace tenas;
using namespace tenas::test;

namespace {

// A sanitizer takes some twenty times as long.
#if defined(TENAS_SANITIZED)
constexpr std::array<int32_t, 1> kThreads = {5}, kBatches = {14};
#else
constexpr std::array<int32_t, 3> kThreads = {2, 5, 64};
/// Not of whole vectors, and of whole ones of eight lanes.
constexpr std::array<int32_t, 2> kBatches = {14, 24};
#endif

std::vector<std::string> all_isas() {
  std::vector<std::string> names;
  for (const std::string_view isa : engine::available_isas()) names.emplace_back(isa);
  names.emplace_back("double");
  return names;
}

/// Maps of 32 x 32, 16 x 16 and 8 x 8 pixels, so that rows are summed in bands of several heights; dense,
/// strided, dilated and separable convolutions, both kinds of pooling, mixed as in a supernet.
Graph supernet() {
  GraphBuilder b;
  const int32_t stem =
      b.batch_norm(b.conv(b.input({3, 32, 32}), {.out = 4, .kernel = {3, 3}, .padding = {1, 1}}));
  const int32_t relu = b.relu(stem);
  const int32_t dense = b.batch_norm(b.conv(relu, {.out = 4, .kernel = {3, 3}, .padding = {1, 1}}));
  const int32_t separable = b.batch_norm(
      b.conv(b.conv(relu, {.out = 4, .kernel = {5, 5}, .padding = {4, 4}, .dilation = {2, 2}, .groups = 4}),
             {.out = 4}));
  const int32_t average = b.batch_norm(b.avg_pool(stem, {.kernel = {3, 3}, .padding = {1, 1}}));
  const int32_t first = b.mix({{dense, b.slot()}, {separable, b.slot()}, {average, b.slot()}, {stem, -1}});
  const int32_t half =
      b.batch_norm(b.conv(b.relu(first), {.out = 5, .kernel = {3, 3}, .stride = {2, 2}, .padding = {1, 1}}));
  const int32_t most = b.batch_norm(b.max_pool(half, {.kernel = {3, 3}, .padding = {1, 1}}));
  const int32_t second = b.mix({{half, b.slot()}, {most, b.slot()}});
  const int32_t quarter =
      b.batch_norm(b.conv(b.relu(second), {.out = 6, .kernel = {3, 3}, .stride = {2, 2}, .padding = {1, 1}}));
  return b.build(b.linear(b.global_avg_pool(b.relu(quarter)), 10));
}

}  // namespace

TEST_CASE("every task gives the same bits on any number of threads, with every instruction set") {
  Program program(supernet());
  for (const std::string& isa : all_isas()) {
    CAPTURE(isa);
    for (const int32_t batch : kBatches) {
      CAPTURE(batch);
      for (const auto& [candidates, repeats] : {std::pair<int64_t, int64_t>{1, 1}, {2, 2}}) {
        CAPTURE(candidates);
        for (Request& r : all_requests(program, candidates, repeats, batch)) {
          CAPTURE(r.tasks[0].index());
          r.isa = isa;
          validate(program, r);
          const auto expected = answers(program, r);
          CHECK(std::ssize(expected) == candidates * repeats);
          for (const int32_t threads : kThreads) {
            CAPTURE(threads);
            r.threads = threads;
            CHECK(same(answers(program, r), expected));
          }
        }
      }
    }
  }
}

TEST_CASE("on random networks a direction has the same bits in vectors of either width") {
  Random random(50);
  for (int32_t round = 0; round < 120; ++round) {
    CAPTURE(round);
    const RandomNet net = random_net(random, {.size = 33});
    Program program(net.graph);
    const int32_t batch = random.integer(1, 40);
    CAPTURE(batch);
    Request r = request(program, NtkTask{NtkMode::kBatch}, 1, 1, batch);
    r.candidates = net.coefficients;
    const auto expected = answers(program, r);
    // Five threads never fill whole vectors here: all directions are in narrow ones.
    for (const int32_t threads : {2, 5}) {
      CAPTURE(threads);
      r.threads = threads;
      CHECK(same(answers(program, r), expected));
    }
  }
}

TEST_CASE("the reference engine gives the same bits on any number of threads") {
  GraphBuilder b;
  const int32_t conv =
      b.batch_norm(b.conv(b.input({2, 6, 5}), {.out = 4, .kernel = {3, 3}, .padding = {1, 1}}));
  const int32_t mixed = b.mix({{conv, b.slot()}, {b.relu(conv), b.slot()}});
  Program program(b.build(b.linear(b.global_avg_pool(b.relu(mixed)), 3)));
  for (Request& r : all_requests(program, 2, 2, 5)) {
    CAPTURE(r.tasks[0].index());
    r.reference = true;
    const auto expected = answers(program, r);
    for (r.threads = 2; r.threads <= 5; ++r.threads) CHECK(same(answers(program, r), expected));
  }
}
