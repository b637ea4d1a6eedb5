// Whole requests on a device: many candidates and repeats in portions, weights made on the device, and what
// the host executor itself notices.
#include <doctest/doctest.h>

#include <atomic>
#include <set>

#include "base/error.hpp"
#include "cuda/kernel_list.hpp"
#include "cuda/training.hpp"
#include "runtime/evaluate_cuda.hpp"
#include "support/device_run.hpp"
#include "support/random_graph.hpp"
#include "support/requests.hpp"
#include "support/training_runs.hpp"

using namespace tenas;
using namespace tenas::test;

namespace {

/// A small cell with a mix of operations behind slots, as supernets have them.
Graph cell() {
  GraphBuilder b;
  const int32_t stem =
      b.batch_norm(b.conv(b.input({3, 8, 8}), {.out = 3, .kernel = {3, 3}, .padding = {1, 1}}));
  const int32_t relu = b.relu(stem);
  const int32_t conv = b.batch_norm(b.conv(relu, {.out = 3, .kernel = {3, 3}, .padding = {1, 1}}));
  const int32_t thin = b.batch_norm(b.conv(relu, {.out = 3}));
  const int32_t pool = b.avg_pool(stem, {.kernel = {3, 3}, .padding = {1, 1}, .count_include_pad = false});
  const int32_t most = b.max_pool(stem, {.kernel = {3, 3}, .padding = {1, 1}});
  const int32_t mix =
      b.mix({{conv, b.slot()}, {thin, b.slot()}, {pool, b.slot()}, {most, b.slot()}, {stem, b.slot()}});
  const int32_t down =
      b.batch_norm(b.conv(b.relu(mix), {.out = 5, .kernel = {3, 3}, .stride = {2, 2}, .padding = {1, 1}}));
  return b.build(b.linear(b.global_avg_pool(b.relu(down)), 4));
}

/// Three candidates on three repeats with generated weights.
struct Many {
  Graph graph = cell();
  std::vector<std::vector<double>> coefficients = {
      {0.2, 0.2, 0.2, 0.2, 0.2}, {0.5, 0, 0, 0, 0.5}, {0, 0.25, 0.25, 0.5, 0}};
  std::vector<std::vector<float>> inputs;
  cuda::DeviceRequest request;

  explicit Many(int32_t batch) {
    Random random(3);
    request.batch = batch;
    for (uint32_t r = 0; r < 3; ++r) {
      inputs.push_back(random.normals<float>(3 * 8 * 8 * batch));
    }
    for (uint32_t r = 0; r < 3; ++r) {
      request.repeats.push_back({inputs[r], cuda::GeneratedWeights{11, r, static_cast<Init>(r)}});
    }
    for (const auto& each : coefficients) request.candidates.push_back(each);
  }
};

bool same_results(const DeviceResults& a, const DeviceResults& b) {
  for (size_t c = 0; c < a.size(); ++c) {
    for (size_t r = 0; r < a[c].size(); ++r) {
      const cuda::DeviceResult &x = a[c][r], &y = b[c][r];
      if (!same_bits(x.kernel, y.kernel) || !same_bits(x.logits, y.logits) ||
          !same_bits(x.statistics, y.statistics) || x.regions.regions != y.regions.regions ||
          x.regions.popcounts != y.regions.popcounts)
        return false;
    }
  }
  return true;
}

}  // namespace

TEST_CASE("device weights have the same bits as the CPU's in every initialisation") {
  // A linear layer of one input shows its weights as logits.
  GraphBuilder b;
  const Graph graph = b.build(b.linear(b.input({1, 1, 1}), 4001, false));
  const std::vector<float> one = {1};
  for (const Init init : {Init::kKaimingFanIn, Init::kKaimingFanOut, Init::kPytorch}) {
    std::vector<float> expected(graph.param_values);
    generate_weights(graph, 0x123456789abcdefu, 5, init, expected);
    cuda::DeviceRequest request;
    request.batch = 1;
    request.repeats.push_back({one, cuda::GeneratedWeights{0x123456789abcdefu, 5, init}});
    request.candidates.push_back({});
    OnDevice device(graph);
    CHECK(same_bits(device.run(request)[0][0].logits, expected));
  }
}

TEST_CASE("device requests of many candidates and repeats agree with the CPU in both modes") {
  for (const NtkMode mode : {NtkMode::kBatch, NtkMode::kSample}) {
    CAPTURE(static_cast<int>(mode));
    Many many(35);
    many.request.wanted = cuda::Wanted::kNtk;
    many.request.mode = mode;
    OnDevice device(many.graph);
    const DeviceResults results = device.run(many.request);
    Compiled exact(many.graph, "double");
    Random random(1);
    Sample sample(many.graph, random, 35);
    for (size_t r = 0; r < 3; ++r) {
      sample.inputs = many.inputs[r];
      generate_weights(many.graph, 11, static_cast<uint32_t>(r), static_cast<Init>(r), sample.weights);
      for (size_t c = 0; c < 3; ++c) {
        CAPTURE(c);
        CAPTURE(r);
        CHECK(relative_error(results[c][r].kernel, exact.ntk(sample, many.coefficients[c], mode).kernel) <
              5e-5);
      }
    }
  }
}

TEST_CASE("host executor: any order of blocks and threads and any portion gives the same bits") {
  using cuda::Wanted;
  for (const auto& [wanted, mode] : {std::pair{Wanted::kNtk, NtkMode::kBatch},
                                     {Wanted::kNtk, NtkMode::kSample},
                                     {Wanted::kForward, NtkMode::kSample},
                                     {Wanted::kRegions, NtkMode::kSample}}) {
    CAPTURE(static_cast<int>(wanted));
    CAPTURE(static_cast<int>(mode));
    Many many(35);
    many.request.wanted = wanted;
    many.request.mode = mode;
    many.request.popcounts = true;
    const engine::Plan plan(many.graph, engine::Purpose::kDirect);
    HostDevice ample(1);
    const DeviceResults expected = run_on(ample, plan, many.request);
    HostDevice shuffled(2);
    CHECK(same_results(run_on(shuffled, plan, many.request), expected));
    // Ever less memory: portions of fewer candidates, of fewer repeats, of single blocks of directions; then
    // none.
    size_t capacity = ample.peak_bytes();
    int32_t smaller = 0;
    for (bool fits = true; fits; capacity = capacity * 3 / 4) {
      HostDevice scarce(3, capacity);
      DeviceResults found;
      try {
        found = run_on(scarce, plan, many.request);
        ++smaller;
      } catch (const Error& error) {
        CHECK(error.code() == "OUT_OF_MEMORY");
        fits = false;
      }
      if (fits) CHECK(same_results(found, expected));
      CHECK(scarce.peak_bytes() <= capacity);
    }
    MESSAGE("sizes of memory that were enough: " << smaller);
    CHECK(smaller >= 3);
  }
}

TEST_CASE("host executor: forward statistics and cancellation as on the CPU") {
  Many many(6);
  Compiled fast(many.graph, "generic");
  Random random(1);
  Sample sample(many.graph, random, 6);
  sample.inputs = many.inputs[0];
  OnDevice device(many.graph);
  for (const Statistics statistics : {Statistics::kBatch, Statistics::kRunning}) {
    const auto found = device.forward(sample, many.coefficients[1], statistics);
    CHECK(relative_error(found.logits, fast.forward(sample, many.coefficients[1], statistics)) < 1e-5);
    CHECK(found.statistics.size() == 2 * (3 + 3 + 3 + 5));
  }
  const std::atomic<bool> stop = true;
  HostDevice host(1);
  CHECK_THROWS_WITH_AS(
      cuda::evaluate_on_device(
          host, device.plan(), many.request, [](int64_t, int64_t, cuda::DeviceResult) {}, CancelFlag(&stop)),
      doctest::Contains("cancelled"), Error);
}

TEST_CASE("host executor: every kernel of the list runs in these tests") {
  std::set<size_t> seen;
  Random random(9);
  for (int32_t round = 0; round < 200 && seen.size() < cuda::Kernels::size; ++round) {
    const RandomNet net = random_net(random, RandomLimits{.steps = 24});
    const Sample sample(net.graph, random, 3);
    const engine::Plan plan(net.graph, engine::Purpose::kDirect);
    HostDevice host(1);
    cuda::DeviceRequest request = OnDevice::of(sample, net.coefficients);
    request.repeats[0].weights = cuda::GeneratedWeights{1, 1, Init::kPytorch};
    request.wanted = cuda::Wanted::kRegions;
    run_on(host, plan, request);
    request.wanted = cuda::Wanted::kNtk;
    for (const NtkMode mode : {NtkMode::kBatch, NtkMode::kSample}) {
      request.mode = mode;
      run_on(host, plan, request);
    }
    request.wanted = cuda::Wanted::kGradient;
    for (const GradientStatistics statistics :
         {GradientStatistics::kThrough, GradientStatistics::kPerSample}) {
      const GradientTask task{OutputSum{}, statistics, {true, true, true}, Reduce::kSums, 1};
      request.gradient = &task;
      run_on(host, plan, request);
    }
    TrainingSettings settings = random_settings(random, net.graph);
    settings.additions = random_additions(random, net);
    const auto training = cuda::make_training(host, plan, settings,
                                              TrainingState(net.graph, settings.optimiser, sample.weights));
    run(*training, net.graph, Course(net.graph, net.coefficients, random, 3, settings.additions));
    for (const auto& [kernel, count] : host.launches()) seen.insert(kernel);
  }
  for (size_t kernel = 0; kernel < cuda::Kernels::size; ++kernel) {
    CAPTURE(kernel);
    CHECK(seen.contains(kernel));
  }
}

#if !defined(TENAS_WATCHED_ADDRESSES)
TEST_CASE("host executor: writing to a guard zone is found") {
  HostDevice host(1);
  auto* const memory = static_cast<unsigned char*>(host.allocate(64));
  host.finish();
  memory[64] = 0;
  CHECK_THROWS_AS(host.finish(), Error);
}
#endif

TEST_CASE("a request on a device answers as one on the CPU does") {
  Program program(cell());
  Request request;
  request.batch = 5;
  request.candidates = {0.2, 0.2, 0.2, 0.2, 0.2, 0, 0.5, 0, 0, 0.5};
  request.candidate_count = 2;
  Random random(4);
  request.repeats.push_back(
      {random.normals<float>(3 * 8 * 8 * 5), {}, SeededWeights{7, 0, Init::kKaimingFanOut}});
  HostDevice host(1);
  request.device = DeviceChoice::kCpu;
  const auto compare = [&] {
    validate(program, request);
    const auto expected = numbers(answers(program, request));
    request.control->finished = 0;
    const auto found = numbers(evaluate_cuda(host, program, request));
    CHECK(request.control->finished == 2);
    REQUIRE(found.size() == expected.size());
    for (size_t i = 0; i < found.size(); ++i) {
      CHECK(relative_error(found[i].logits, expected[i].logits) < 1e-5);
      CHECK(relative_error(found[i].statistics, expected[i].statistics) < 1e-4);
      CHECK(relative_error(found[i].kernel, expected[i].kernel) < 5e-5);
      CHECK(relative_error(found[i].eigenvalues, expected[i].eigenvalues) < 5e-5);
      CHECK(found[i].regions == expected[i].regions);
      CHECK(found[i].neurons == expected[i].neurons);
      CHECK(found[i].popcounts == expected[i].popcounts);
    }
  };
  request.tasks = {ForwardTask{}};
  compare();
  request.tasks = {NtkTask{NtkMode::kSample}};
  compare();
  request.tasks = {NtkTask{NtkMode::kBatch}};
  compare();
  request.tasks = {RegionsTask{1, true}};
  compare();
  // Several tasks, and weights that the CPU has to make.
  request.tasks = {NtkTask{NtkMode::kSample}, RegionsTask{1, true}};
  std::get<SeededWeights>(request.repeats[0].weights).absolute = true;
  compare();
}

TEST_CASE("device 'cuda' is refused with the reason where there is none, and with what it has not") {
  if (cuda::availability().available) return;
  Program program(cell());
  Request request;
  request.batch = 2;
  request.candidates = {1, 1, 1, 1, 1};
  request.candidate_count = 1;
  request.repeats.push_back({std::vector<float>(3 * 8 * 8 * 2), {}, SeededWeights{}});
  request.tasks = {ForwardTask{}};
  request.device = DeviceChoice::kCuda;
  CHECK_THROWS_WITH_AS(validate(program, request), doctest::Contains("device is 'cuda', but"), Error);
  request.isa = "generic";
  CHECK_THROWS_WITH_AS(validate(program, request), doctest::Contains("leave both out"), Error);
  request.isa = "";
  request.device = DeviceChoice::kAuto;
  validate(program, request);
  CHECK(answers(program, request).size() == 1);
}
