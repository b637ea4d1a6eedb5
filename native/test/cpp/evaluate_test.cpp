// Whole requests: validation, cancelling, determinism, concurrency.
#include <doctest/doctest.h>

#include <atomic>
#include <cmath>
#include <limits>
#include <thread>

#include "base/error.hpp"
#include "support/graph_builder.hpp"
#include "support/requests.hpp"

using namespace tenas;
using namespace tenas::test;

namespace {

Graph network() {
  GraphBuilder b;
  const int32_t first = b.slot(), second = b.slot();
  const int32_t stem = b.conv(b.input({2, 6, 5}), {.out = 6, .kernel = {3, 3}, .padding = {1, 1}});
  const int32_t conv = b.batch_norm(b.conv(b.relu(stem), {.out = 6, .kernel = {3, 3}, .padding = {1, 1}}));
  const int32_t pool = b.avg_pool(stem, {.kernel = {3, 3}, .padding = {1, 1}});
  const int32_t sum = b.mix({{conv, first}, {pool, second}, {stem, -1}});
  return b.build(b.linear(b.global_avg_pool(b.relu(b.batch_norm(sum))), 3));
}

void check_code(const char* code, const std::function<void()>& run) {
  try {
    run();
    FAIL_CHECK("no error");
  } catch (const Error& error) {
    CHECK(error.code() == code);
  }
}

}  // namespace

TEST_CASE(
    "directions shared by threads in vectors of any width give the same bits, and the reference's kernel") {
  Program program(network());
  for (const int32_t batch : {1, 5, 8, 9, 14, 16, 17, 24, 33, 40, 56}) {
    CAPTURE(batch);
    Request r = request(program, NtkTask{NtkMode::kBatch}, 1, 1, batch);
    const auto expected = answers(program, r);
    for (const int32_t threads : {2, 3, 5}) {
      CAPTURE(threads);
      r.threads = threads;
      CHECK(same(answers(program, r), expected));
    }
    r.reference = true;
    const auto plain = numbers(answers(program, r)), fast = numbers(expected);
    double difference = 0, size = 0;
    for (size_t k = 0; k < plain[0].kernel.size(); ++k) {
      difference += std::pow(plain[0].kernel[k] - fast[0].kernel[k], 2);
      size += std::pow(plain[0].kernel[k], 2);
    }
    CHECK(std::sqrt(difference / size) < 2e-5);
  }
}

TEST_CASE("a candidate's result does not depend on the others in the request") {
  Program program(network());
  for (const Request& all : all_requests(program, 3, 2)) {
    CAPTURE(all.tasks[0].index());
    const auto together = answers(program, all);
    for (int64_t c = 0; c < 3; ++c) {
      Request one = all;
      one.candidate_count = 1;
      one.candidates = {all.candidates.begin() + 2 * c, all.candidates.begin() + 2 * c + 2};
      const auto begin = together.begin() + 2 * c;
      CHECK(same(answers(program, one), {begin, begin + 2}));
    }
  }
}

TEST_CASE("seeded weights are the same as given ones, and the reference engine agrees") {
  Program program(network());
  for (Request& r : all_requests(program, 2, 2)) {
    CAPTURE(r.tasks[0].index());
    const auto fast = answers(program, r);
    const auto expected = numbers(fast);
    r.reference = true;
    const auto plain = numbers(answers(program, r));
    r.reference = false;
    for (size_t i = 0; i < plain.size(); ++i) {
      for (size_t k = 0; k < plain[i].logits.size(); ++k) {
        CHECK(expected[i].logits[k] == doctest::Approx(plain[i].logits[k]).epsilon(1e-4));
      }
      for (size_t k = 0; k < plain[i].kernel.size(); ++k) {
        CHECK(expected[i].kernel[k] == doctest::Approx(plain[i].kernel[k]).epsilon(1e-3));
      }
      CHECK(expected[i].neurons == plain[i].neurons);
      REQUIRE(expected[i].statistics.size() == plain[i].statistics.size());
      for (size_t k = 0; k < plain[i].statistics.size(); ++k) {
        CHECK(expected[i].statistics[k] == doctest::Approx(plain[i].statistics[k]).epsilon(1e-4));
      }
    }
    for (Repeat& repeat : r.repeats) {
      const auto seeded = std::get<SeededWeights>(repeat.weights);
      std::vector<float> given(program.graph().param_values);
      generate_weights(program.graph(), seeded.seed, seeded.repeat, seeded.init, given);
      repeat.weights = given;
    }
    CHECK(same(answers(program, r), fast));
  }
}

TEST_CASE(
    "statistics of batch norms that did not run are 0 and 1, whatever ran before on the same workspace") {
  Program program(network());
  Request r = request(program, ForwardTask{Statistics::kBatch}, 2, 1);
  r.candidates = {1, 1, 0,
                  1};  // the first candidate runs the mixed batch norm of 6 channels, the second does not
  const auto found = numbers(answers(program, r));
  REQUIRE(found[1].statistics.size() == 24);
  for (size_t c = 0; c < 6; ++c) {
    CHECK(found[0].statistics[c] != 0);
    CHECK(found[1].statistics[c] == 0);
    CHECK(found[1].statistics[6 + c] == 1);
    CHECK(found[1].statistics[12 + c] != 0);
  }
}

TEST_CASE("several tasks in a request answer as each alone does") {
  Program program(network());
  Request together = request(program, RegionsTask{.batches = 2, .popcounts = true}, 2, 2);
  const std::vector<Task> tasks = {NtkTask{NtkMode::kSample},
                                   ForwardTask{Statistics::kRunning},
                                   RegionsTask{.batches = 2, .popcounts = true},
                                   NtkTask{NtkMode::kBatch},
                                   CodesTask{},
                                   GradientTask{.loss = CrossEntropy{}, .of = {true, true, true}},
                                   ForwardTask{Statistics::kBatch}};
  for (const bool reference : {false, true}) {
    CAPTURE(reference);
    together.reference = reference;
    together.tasks = tasks;
    validate(program, together);
    const auto found = answers(program, together);
    for (size_t t = 0; t < tasks.size(); ++t) {
      CAPTURE(t);
      // Alone, a task is given the batches that it reads.
      Request alone = together;
      alone.tasks = {tasks[t]};
      for (Repeat& repeat : alone.repeats) {
        const size_t read = batches_of(tasks[t]);
        repeat.inputs.resize(repeat.inputs.size() / 2 * read);
        repeat.labels.resize(repeat.labels.size() / 2 * read);
      }
      validate(program, alone);
      const auto expected = answers(program, alone);
      for (size_t i = 0; i < found.size(); ++i) CHECK(same({{found[i][t]}}, {expected[i]}));
    }
  }
}

TEST_CASE("requests for one sample run on the instruction set that suits it") {
  Program program(network());
  const std::string_view best = engine::available_isas()[0], suited = engine::isa_for_one();
  CHECK(engine::isa_lanes(suited) <= engine::isa_lanes(best));
  for (const int32_t batch : {1, 2}) {
    CAPTURE(batch);
    const GradientTask task{OutputSum{}, GradientStatistics::kNone, {true, true, true}, Reduce::kValues, 1};
    Request chosen = request(program, task, 2, 2, batch), named = chosen;
    named.isa = batch == 1 ? suited : best;
    CHECK(same(answers(program, chosen), answers(program, named)));
  }
}

TEST_CASE("several requests share a program") {
  Program program(network());
  const auto requests = all_requests(program, 3, 2);
  std::vector<Evaluations> expected;
  for (const Request& r : requests) expected.push_back(answers(program, r));
  Program fresh(network());  // its engines and workspaces are made by the racing requests
  std::atomic<int> wrong = 0;
  std::vector<std::jthread> callers;
  for (size_t caller = 0; caller < 4; ++caller) {
    callers.emplace_back([&, caller] {
      for (size_t i = 0; i < requests.size(); ++i) {
        const size_t which = (i + caller) % requests.size();
        Request r = requests[which];
        r.threads = 1 + static_cast<int32_t>((caller + i) % 3);
        if (!same(answers(fresh, r), expected[which])) ++wrong;
      }
    });
  }
  callers.clear();  // joins
  CHECK(wrong == 0);
}

TEST_CASE("a set cancel flag stops a request") {
  Program program(network());
  for (Request& r : all_requests(program, 3, 2)) {
    for (const bool reference : {false, true}) {
      for (r.threads = 1; r.threads <= 3; ++r.threads) {
        r.reference = reference;
        r.control = std::make_shared<Control>();
        r.control->cancelled = true;
        check_code("CANCELLED", [&] { answers(program, r); });
        CHECK(r.control->finished == 0);
        r.control->cancelled = false;
        answers(program, r);
        CHECK(r.control->finished == 6);
      }
    }
  }
}

TEST_CASE("a cancel flag set meanwhile stops a request") {
  Program program(network());
  Request r = request(program, NtkTask{NtkMode::kBatch}, 5000, 1);
  r.threads = 3;
  const std::jthread other([&] {
    while (r.control->finished < 3) std::this_thread::yield();
    r.control->cancelled = true;
  });
  check_code("CANCELLED", [&] { answers(program, r); });
  CHECK(r.control->finished < 5000);
}

TEST_CASE("validate refuses what does not fit the program") {
  const Program program(network());
  const Request good = request(program, RegionsTask{.batches = 2, .popcounts = true}, 2, 2);
  validate(program, good);
  const auto refused = [&](const char* code, const std::function<void(Request&)>& spoil) {
    Request r = good;
    spoil(r);
    check_code(code, [&] { validate(program, r); });
  };
  const char* invalid = "REQUEST_INVALID";
  refused(invalid, [](Request& r) { r.batch = 0; });
  refused(invalid, [](Request& r) { r.batch = (1 << 20) + 1; });
  refused(invalid, [](Request& r) { r.threads = 0; });
  refused(invalid, [](Request& r) { r.threads = 1025; });
  refused(invalid, [](Request& r) { r.tasks = {RegionsTask{.batches = 0}}; });
  refused(invalid, [](Request& r) { r.tasks = {RegionsTask{.batches = 65'537}}; });
  refused(invalid, [](Request& r) { r.tasks = {RegionsTask{.batches = 1}}; });
  refused(invalid, [](Request& r) { r.repeats.clear(); });
  refused(invalid, [](Request& r) { r.candidate_count = 0; });
  refused(invalid, [](Request& r) { r.candidates.pop_back(); });
  refused(invalid, [](Request& r) { r.candidates[1] = NAN; });
  refused(invalid, [](Request& r) { r.candidates[3] = std::numeric_limits<double>::infinity(); });
  refused(invalid, [](Request& r) { r.repeats[1].inputs.pop_back(); });
  refused(invalid, [](Request& r) { r.repeats[0].weights = std::vector<float>(3); });
  check_code("OUT_OF_MEMORY", [] {
    GraphBuilder b;
    const Program wide(b.build(b.relu(b.input({1, 1, 1}))));
    // The kernel of 2^20 samples alone has 2^40 entries.
    Request r = request(wide, NtkTask{}, 1, 1, 1 << 20);
    validate(wide, r);
  });
  Program other(network());
  Request r = good;
  r.isa = "mmx";
  check_code("ISA_UNAVAILABLE", [&] { answers(other, r); });
}
