// Drop path, dropout and further heads: gradients by finite differences, the same bits everywhere, refusals.
#include <doctest/doctest.h>

#include <memory>
#include <string>

#include "base/error.hpp"
#include "reference/training.hpp"
#include "runtime/trainer.hpp"
#include "support/graph_builder.hpp"
#include "support/random.hpp"

using namespace tenas;
using namespace tenas::test;

namespace {

/// A cell of two operations, a head beside it, and a classifier behind dropout.
struct Cell {
  GraphBuilder b;
  int32_t stem, norm, pool, mix, head, features, output;
  std::vector<double> coefficients{0.7, -0.4};

  explicit Cell(int32_t side = 7) {
    stem = b.batch_norm(b.conv(b.input({3, side, side}), {.out = 4, .kernel = {3, 3}, .padding = {1, 1}}));
    norm = b.batch_norm(b.conv(b.relu(stem), {.out = 4, .kernel = {3, 3}, .padding = {1, 1}}));
    pool = b.avg_pool(stem, {.kernel = {3, 3}, .padding = {1, 1}, .count_include_pad = false});
    const int32_t first = b.slot(), second = b.slot();
    mix = b.mix({{norm, first}, {pool, second}, {stem, -1}});
    // As in the auxiliary head of DARTS: a pool with a stride, a convolution without padding.
    const int32_t small =
        b.avg_pool(b.relu(mix), {.kernel = {5, 5}, .stride = {2, 2}, .count_include_pad = false});
    const int32_t narrow = b.relu(b.batch_norm(b.conv(small, {.out = 5})));
    head = b.linear(b.relu(b.batch_norm(b.conv(narrow, {.out = 6, .kernel = {2, 2}}))), 3);
    features = b.global_avg_pool(b.relu(b.batch_norm(b.conv(mix, {.out = 6}))));
    output = b.linear(features, 3);
  }
  Graph graph() const { return b.build(output); }
  Additions additions() const { return {{norm, pool}, {features}, {head}}; }
};

TrainingSettings plain_sgd(const Graph& graph) {
  TrainingSettings settings;
  settings.optimiser.weight_decay.assign(graph.params.size(), 0);
  settings.optimiser.rate.assign(graph.params.size(), 1);
  return settings;
}

/// Factors of drop path and dropout as trainings have them, with probability 0.3.
std::vector<float> kept(Random& random, size_t count) {
  std::vector<float> factors(count);
  for (float& factor : factors) factor = random.chance(0.3) ? 0 : 1 / 0.7F;
  return factors;
}

struct Data {
  std::vector<float> images, drop_path, dropout;
  std::vector<int32_t> labels;
  Data(int32_t samples, Random& random)
      : images(random.normals<float>(samples * 3 * 7 * 7)),
        drop_path(kept(random, 2 * samples)),
        dropout(kept(random, 6 * samples)) {
    for (int32_t n = 0; n < samples; ++n) labels.push_back(random.integer(0, 2));
  }
};

TrainerOptions options_for(const Program& program, const Additions& additions, int32_t threads) {
  TrainerOptions options;
  options.start = SeededWeights{.seed = 3};
  options.settings = plain_sgd(program.graph());
  options.settings.optimiser.momentum = 0.9;
  options.settings.additions = additions;
  options.settings.head_weights.assign(additions.heads.size(), 0.4);
  options.threads = threads;
  return options;
}

/// Steps `from` to `to` of one course of batches.
void train(const std::shared_ptr<Trainer>& trainer, const std::vector<double>& coefficients, int32_t from,
           int32_t to, bool factors = true) {
  for (int32_t t = from; t < to; ++t) {
    Random random(static_cast<uint64_t>(t));
    Data data(50 + t % 7, random);
    Trainer::Turn turn(trainer);
    turn.batch() = {data.images, data.labels, coefficients};
    if (factors && t % 3 != 0) turn.batch().drop_path = data.drop_path;
    if (factors && t % 4 != 0) turn.batch().dropout = data.dropout;
    const StepOptions step{.learning_rate = 0.1};
    turn.check_step(step);
    turn.step(step, CancelFlag());
  }
}

std::string message_of(const std::function<void()>& call) {
  try {
    call();
  } catch (const Error& error) {
    return error.what();
  }
  return "";
}

}  // namespace

TEST_CASE("the reference's gradient with drop path, dropout and a head fits finite differences") {
  const Cell cell;
  const Graph graph = cell.graph();
  Random random(5);
  const Data data(9, random);
  TrainingSettings settings = plain_sgd(graph);
  settings.additions = cell.additions();
  settings.head_weights = {0.4};
  const auto initial = random.weights<float>(graph);
  const auto training =
      reference::make_training(graph, settings, TrainingState(graph, settings.optimiser, initial));
  const auto total = [&](const std::vector<double>& values, const std::vector<double>& coefficients) {
    TrainingState state(graph, settings.optimiser, initial);
    state.values = values;
    training->restore(std::move(state));
    const TrainingBatch batch{data.images, data.labels, coefficients, 9, {data.drop_path, data.dropout}};
    const StepAnswer answer = training->step(batch, {.update = false}, run_serially, CancelFlag());
    return answer.loss + 0.4 * answer.head_losses[0];
  };
  std::vector<double> values(initial.begin(), initial.end());
  // One step of rate 1 without momentum moves the parameters by their gradient.
  const TrainingBatch batch{data.images, data.labels, cell.coefficients, 9, {data.drop_path, data.dropout}};
  const StepAnswer answer =
      training->step(batch, {.learning_rate = 1, .coefficient_gradient = true}, run_serially, CancelFlag());
  const std::vector<double> after = training->state().values;
  constexpr double kStep = 1e-6;
  const ParameterSet trainable = trainable_parameters(graph);
  for (size_t id = 0; id < graph.params.size(); ++id) {
    if (!trainable[id]) continue;
    CAPTURE(id);
    for (int32_t tries = 0; tries < 4; ++tries) {
      const int64_t i =
          graph.params[id].offset + random.integer(0, static_cast<int32_t>(graph.params[id].size) - 1);
      std::vector<double> up = values, down = values;
      up[i] += kStep;
      down[i] -= kStep;
      const double slope = (total(up, cell.coefficients) - total(down, cell.coefficients)) / (2 * kStep);
      CHECK(values[i] - after[i] == doctest::Approx(slope).epsilon(1e-4).scale(1e-2));
    }
  }
  for (size_t slot = 0; slot < 2; ++slot) {
    std::vector<double> up = cell.coefficients, down = cell.coefficients;
    up[slot] += kStep;
    down[slot] -= kStep;
    CHECK(answer.coefficient_gradient[slot] ==
          doctest::Approx((total(values, up) - total(values, down)) / (2 * kStep)).epsilon(1e-4).scale(1e-2));
  }
}

TEST_CASE(
    "steps with drop path, dropout and a head give the same bits on 1, 2 and 3 threads, and after a "
    "snapshot") {
  const Cell cell;
  const auto program = std::make_shared<Program>(cell.graph());
  const auto fresh = [&](int32_t threads) {
    return std::make_shared<Trainer>(program, options_for(*program, cell.additions(), threads));
  };
  const auto alone = fresh(1);
  train(alone, cell.coefficients, 0, 20);
  const auto expected = Trainer::Turn(alone).snapshot();
  for (const int32_t threads : {2, 3}) {
    const auto trainer = fresh(threads);
    train(trainer, cell.coefficients, 0, 20);
    CHECK(Trainer::Turn(trainer).snapshot() == expected);
  }
  const auto half = fresh(2);
  train(half, cell.coefficients, 0, 9);
  TrainerOptions resumed = options_for(*program, cell.additions(), 3);
  resumed.start = Trainer::Turn(half).snapshot();
  const auto rest = std::make_shared<Trainer>(program, resumed);
  train(rest, cell.coefficients, 9, 20);
  CHECK(Trainer::Turn(rest).snapshot() == expected);
}

TEST_CASE("without factors a step has the bits of a trainer that drops nothing") {
  const Cell cell;
  const auto program = std::make_shared<Program>(cell.graph());
  const auto plain = std::make_shared<Trainer>(program, options_for(*program, {}, 1));
  Additions dropping = cell.additions();
  dropping.heads.clear();
  const auto without = std::make_shared<Trainer>(program, options_for(*program, dropping, 1));
  train(plain, cell.coefficients, 0, 6, false);
  train(without, cell.coefficients, 0, 6, false);
  CHECK(Trainer::Turn(without).snapshot() == Trainer::Turn(plain).snapshot());
  // With them it has others.
  const auto with = std::make_shared<Trainer>(program, options_for(*program, dropping, 1));
  train(with, cell.coefficients, 0, 6, true);
  CHECK(Trainer::Turn(with).snapshot() != Trainer::Turn(plain).snapshot());
}

TEST_CASE("evaluations run no head and drop nothing") {
  const Cell cell;
  const auto program = std::make_shared<Program>(cell.graph());
  Random random(8);
  const Data data(20, random);
  std::vector<std::vector<double>> logits;
  for (const Additions& additions : {Additions{}, cell.additions()}) {
    const auto trainer = std::make_shared<Trainer>(program, options_for(*program, additions, 1));
    Trainer::Turn turn(trainer);
    turn.batch() = {data.images, data.labels, cell.coefficients};
    for (const auto statistics : {EvaluationStatistics::kRunning, EvaluationStatistics::kBatch}) {
      logits.push_back(turn.evaluate(statistics, CancelFlag()).logits);
    }
    turn.observe(true, CancelFlag());
    int64_t counted = 0;
    for (const int64_t batches : turn.state().batches) counted += batches;
    CHECK(counted == 3);  // stem, operation, last; not the two of the head
  }
  CHECK(logits[0] == logits[2]);
  CHECK(logits[1] == logits[3]);
}

TEST_CASE("a branch that is dropped for every sample has no gradient and no part in the loss") {
  const Cell cell;
  const auto program = std::make_shared<Program>(cell.graph());
  Random random(9);
  Data data(20, random);
  const auto step = [&](const std::vector<double>& coefficients, const std::vector<float>& factors) {
    TrainerOptions options = options_for(*program, cell.additions(), 1);
    options.settings.optimiser.momentum = 0;
    const auto trainer = std::make_shared<Trainer>(program, options);
    Trainer::Turn turn(trainer);
    turn.batch() = {data.images, data.labels, coefficients, factors};
    const StepAnswer answer = turn.step({.learning_rate = 1}, CancelFlag());
    return std::make_pair(answer.loss + answer.head_losses[0], turn.state().values);
  };
  std::vector<float> factors(40, 1);
  std::fill_n(factors.begin(), 20, 0.0F);
  const auto dropped = step({0.7, -0.4}, factors);
  const auto off = step({0, -0.4}, {});
  CHECK(dropped.first == doctest::Approx(off.first).epsilon(1e-6));
  for (const Param& param : program->graph().params) {
    if (param.kind == ParamKind::kBnRunningMean || param.kind == ParamKind::kBnRunningVar) continue;
    for (int64_t i = param.offset; i < param.offset + param.size; ++i) {
      CHECK(dropped.second[i] == doctest::Approx(off.second[i]).epsilon(1e-4).scale(1e-2));
    }
  }
}

TEST_CASE("additions that cannot be are refused by name") {
  const Cell cell;
  const Graph graph = cell.graph();
  const auto message = [&](const Additions& additions) {
    return message_of([&] { check_additions(graph, additions); });
  };
  CHECK(message(cell.additions()) == "");
  CHECK(message({{cell.norm, cell.stem}, {}, {}}) ==
        "dropPath[1] is node " + std::to_string(cell.stem) +
            "; it must be a node that mixes and concats alone read, neither the output nor named before");
  CHECK(message({{99}, {}, {}}).starts_with("dropPath[0] is node 99"));
  CHECK(message({{cell.norm, cell.norm}, {}, {}}).starts_with("dropPath[1] is node"));
  CHECK(message({{}, {cell.norm}, {}}).starts_with("dropout[0] is node"));
  CHECK(message({{}, {cell.output}, {}}).starts_with("dropout[0] is node"));
  CHECK(message({{cell.pool}, {cell.pool}, {}}).starts_with("dropout[0] is node"));
  CHECK(message({{}, {}, {cell.output}}).starts_with("heads[0] is node"));
  CHECK(message({{}, {}, {cell.features}})
            .find("it must be a linear layer with as many outputs as the network") != std::string::npos);
  CHECK(message({{}, {}, {-1}}).starts_with("heads[0] is node -1"));
}

TEST_CASE("factors and weights that do not fit are refused by name") {
  const Cell cell;
  const auto program = std::make_shared<Program>(cell.graph());
  TrainerOptions options = options_for(*program, cell.additions(), 1);
  options.settings.head_weights = {-1};
  CHECK(message_of([&] { Trainer trainer(program, options); }).starts_with("headWeights[0] is -1"));
  options.settings.head_weights = {};
  CHECK(message_of([&] { Trainer trainer(program, options); }) ==
        "headWeights has 0 values; 1 are needed, one per head");
  const auto trainer = std::make_shared<Trainer>(program, options_for(*program, cell.additions(), 1));
  Random random(1);
  const Data data(2, random);
  const auto refusal = [&](std::vector<float> drop_path, std::vector<float> dropout) {
    return message_of([&] {
      Trainer::Turn turn(trainer);
      turn.batch() = {data.images, data.labels, cell.coefficients, std::move(drop_path), std::move(dropout)};
      turn.check_step({.learning_rate = 0.1});
    });
  };
  CHECK(refusal(data.drop_path, data.dropout) == "");
  CHECK(refusal({1, 1, 1}, {}) == "dropPath has 3 values; it must have 4, 2 per sample");
  CHECK(refusal({}, {1}) == "dropout has 1 values; it must have 12, 6 per sample");
  CHECK(refusal({1, NAN, 1, 1}, {}).starts_with("dropPath[1] is nan"));
}
