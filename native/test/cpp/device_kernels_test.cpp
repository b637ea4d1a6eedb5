// Device kernels, run by the host executor, against the reference engine in double precision.
#include <doctest/doctest.h>

#include "support/device_run.hpp"
#include "support/random_graph.hpp"

using namespace tenas;
using namespace tenas::test;
using engine::NtkMode;
using engine::Statistics;

namespace {

constexpr Statistics kStatistics[] = {Statistics::kBatch, Statistics::kRunning};
constexpr NtkMode kModes[] = {NtkMode::kBatch, NtkMode::kSample};

}  // namespace

TEST_CASE("device kernels are as close to the reference on random networks as rounding allows") {
  Random random(44);
  for (int32_t round = 0; round < 40; ++round) {
    CAPTURE(round);
    const RandomNet net = random_net(random);
    const Sample sample(net.graph, random, random.integer(2, 40));
    // What a change of inputs and coefficients by 1e-6 does bounds what rounding may do.
    Sample nudged = sample;
    for (float& value : nudged.inputs) value += 1e-6f * static_cast<float>(random.normal());
    std::vector<double> coefficients = net.coefficients;
    for (double& value : coefficients) value *= 1 + 1e-6 * random.normal();
    Compiled exact(net.graph, "double");
    OnHostDevice device(net.graph, static_cast<uint64_t>(round));
    for (const Statistics statistics : kStatistics) {
      const auto expected = exact.forward(sample, net.coefficients, statistics);
      const double slack =
          2e-5 + 100 * relative_error(exact.forward(nudged, coefficients, statistics), expected);
      CHECK(relative_error(device.forward(sample, net.coefficients, statistics).logits, expected) <= slack);
    }
    for (const NtkMode mode : kModes) {
      CAPTURE(static_cast<int>(mode));
      const auto expected = exact.ntk(sample, net.coefficients, mode).kernel;
      const double slack =
          2e-5 + 100 * relative_error(exact.ntk(nudged, coefficients, mode).kernel, expected);
      CHECK(relative_error(device.ntk(sample, net.coefficients, mode).kernel, expected) <= slack);
    }
  }
}
