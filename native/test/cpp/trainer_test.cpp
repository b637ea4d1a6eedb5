// Trainers of a program: threads, snapshots, and refusals.
#include <doctest/doctest.h>

#include <memory>
#include <string>

#include "base/error.hpp"
#include "cuda/availability.hpp"
#include "runtime/trainer.hpp"
#include "support/graph_builder.hpp"
#include "support/random.hpp"

using namespace tenas;
using namespace tenas::test;

namespace {

/// A small supernet: two paths through batch norms, one of them off in odd steps.
std::shared_ptr<Program> supernet() {
  GraphBuilder b;
  const int32_t stem =
      b.batch_norm(b.conv(b.input({3, 7, 7}), {.out = 4, .kernel = {3, 3}, .padding = {1, 1}}));
  const int32_t left = b.batch_norm(b.conv(b.relu(stem), {.out = 4, .kernel = {3, 3}, .padding = {1, 1}}));
  const int32_t right = b.batch_norm(b.conv(b.relu(stem), {.out = 4}));
  const int32_t first = b.slot(), second = b.slot();
  const int32_t mix = b.mix({{left, first}, {right, second}, {stem, -1}});
  return std::make_shared<Program>(b.build(b.linear(b.global_avg_pool(b.relu(mix)), 5)));
}

TrainerOptions options_for(const Program& program, int32_t threads) {
  TrainerOptions options;
  options.start = SeededWeights{.seed = 7};
  options.settings.optimiser.momentum = 0.9;
  options.settings.optimiser.nesterov = true;
  options.settings.optimiser.weight_decay.assign(program.graph().params.size(), 1e-3);
  options.settings.optimiser.rate.assign(program.graph().params.size(), 1);
  options.settings.clip = 2;
  options.threads = threads;
  return options;
}

/// Steps `from` to `to` of one course of batches.
void train(const std::shared_ptr<Trainer>& trainer, int32_t from, int32_t to) {
  for (int32_t t = from; t < to; ++t) {
    Random random(static_cast<uint64_t>(t));
    Trainer::Turn turn(trainer);
    const auto samples = static_cast<size_t>(60 + t % 7);
    turn.batch().images = random.normals<float>(samples * 3 * 7 * 7);
    turn.batch().labels.resize(samples);
    for (int32_t& label : turn.batch().labels) label = random.integer(0, 4);
    turn.batch().coefficients = {t % 2 == 0 ? 0.7 : 0.0, 0.4};
    const StepOptions step{.learning_rate = 0.1, .update = t % 5 != 4, .coefficient_gradient = true};
    turn.check_step(step);
    turn.step(step, CancelFlag());
  }
}

std::string refusal(const std::shared_ptr<Trainer>& trainer, const std::function<void(OwnedBatch&)>& spoil) {
  Trainer::Turn turn(trainer);
  OwnedBatch& batch = turn.batch();
  batch = {std::vector<float>(2 * 3 * 7 * 7, 1), {0, 4}, {1, 1}};
  spoil(batch);
  try {
    turn.check_step({.learning_rate = 0.1});
  } catch (const Error& error) {
    return error.what();
  }
  return "";
}

}  // namespace

TEST_CASE("20 steps give the same bits on 1, 2 and 3 threads, and after a snapshot") {
  const auto program = supernet();
  const auto alone = std::make_shared<Trainer>(program, options_for(*program, 1));
  train(alone, 0, 20);
  const auto expected = Trainer::Turn(alone).snapshot();
  for (const int32_t threads : {2, 3}) {
    const auto trainer = std::make_shared<Trainer>(program, options_for(*program, threads));
    train(trainer, 0, 20);
    CHECK(Trainer::Turn(trainer).snapshot() == expected);
  }
  const auto half = std::make_shared<Trainer>(program, options_for(*program, 1));
  train(half, 0, 9);
  TrainerOptions resumed = options_for(*program, 2);
  resumed.start = Trainer::Turn(half).snapshot();
  const auto rest = std::make_shared<Trainer>(program, resumed);
  train(rest, 9, 20);
  CHECK(Trainer::Turn(rest).snapshot() == expected);
}

TEST_CASE("a batch that does not fit is refused by name") {
  const auto program = supernet();
  const auto trainer = std::make_shared<Trainer>(program, options_for(*program, 1));
  CHECK(refusal(trainer, [](OwnedBatch&) {}) == "");
  CHECK(refusal(trainer, [](OwnedBatch& b) { b.images.pop_back(); }).starts_with("images has 293 values"));
  CHECK(refusal(trainer, [](OwnedBatch& b) { b.images[7] = NAN; }).starts_with("images[7] is nan"));
  CHECK(
      refusal(trainer, [](OwnedBatch& b) { b.images[293] = -INFINITY; }).starts_with("images[293] is -inf"));
  CHECK(refusal(trainer, [](OwnedBatch& b) { b.images.clear(); }).starts_with("images has 0 values"));
  CHECK(refusal(trainer, [](OwnedBatch& b) {
          b.labels = {1};
        }).starts_with("labels has 1 values; 2 are needed"));
  CHECK(refusal(trainer, [](OwnedBatch& b) { b.labels[1] = 5; }) == "labels[1] is 5; it must be 0 to 4");
  CHECK(refusal(trainer, [](OwnedBatch& b) { b.labels[0] = -1; }).starts_with("labels[0] is -1"));
  CHECK(refusal(trainer, [](OwnedBatch& b) { b.coefficients[0] = NAN; }).starts_with("coefficients[0] is"));
  CHECK(
      refusal(trainer, [](OwnedBatch& b) { b.coefficients = {1}; }).starts_with("coefficients has 1 values"));
}

TEST_CASE("a trainer has one user at a time") {
  const auto program = supernet();
  const auto trainer = std::make_shared<Trainer>(program, options_for(*program, 1));
  const Trainer::Turn turn(trainer);
  CHECK_THROWS_WITH_AS(Trainer::Turn second(trainer),
                       "the trainer is at work; wait for its answer before the next call", Error);
}

TEST_CASE("settings that make no sense are refused by name") {
  const auto program = supernet();
  const auto message = [&](const std::function<void(TrainerOptions&)>& spoil) -> std::string {
    TrainerOptions options = options_for(*program, 1);
    spoil(options);
    try {
      Trainer trainer(program, options);
    } catch (const Error& error) {
      return error.what();
    }
    return "";
  };
  CHECK(message([](TrainerOptions& o) {
          o.settings.optimiser.momentum = 1;
        }).starts_with("optimiser.momentum is 1"));
  CHECK(message([](TrainerOptions& o) {
          o.settings.optimiser.momentum = 0;
        }).starts_with("optimiser.nesterov is true"));
  CHECK(message([](TrainerOptions& o) {
          o.settings.optimiser.rate.pop_back();
        }).starts_with("optimiser.rate has"));
  CHECK(message([](TrainerOptions& o) { o.settings.clip = -1; }).starts_with("clip is -1"));
  CHECK(message([](TrainerOptions& o) {
          o.start = std::vector<float>{1};
        }).starts_with("weights has 1 values"));
  CHECK(message([](TrainerOptions& o) {
          o.start = std::vector<float>(supernet()->graph().param_values, NAN);
        }).starts_with("weights[0] is nan"));
  CHECK(message([](TrainerOptions& o) {
          o.start = std::vector<uint8_t>{1};
        }).starts_with("the bytes are no snapshot"));
  CHECK(message([](TrainerOptions& o) { o.threads = 0; }).starts_with("threads is 0"));
}

TEST_CASE("a trainer on 'cuda' is refused with what the device has not, and where there is none") {
  const auto program = supernet();
  const auto refused = [&](const std::function<void(TrainerOptions&)>& change) -> std::string {
    TrainerOptions options = options_for(*program, 1);
    options.cuda = true;
    change(options);
    try {
      const Trainer trainer(program, std::move(options));
    } catch (const Error& error) {
      return error.code() + ": " + error.what();
    }
    return "";
  };
  CHECK(refused([](TrainerOptions& options) { options.isa = "generic"; }).starts_with("REQUEST_INVALID"));
  CHECK(refused([](TrainerOptions& options) { options.reference = true; }).starts_with("REQUEST_INVALID"));
  if (cuda::availability().available) return;
  CHECK(refused([](TrainerOptions&) {}).starts_with("CUDA_UNAVAILABLE"));
}
