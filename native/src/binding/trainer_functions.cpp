#include "binding/trainer_functions.hpp"

#include <array>
#include <memory>
#include <string>

#include "binding/errors.hpp"
#include "binding/fields.hpp"
#include "binding/parse_request.hpp"
#include "binding/program_handle.hpp"
#include "binding/promise_call.hpp"
#include "runtime/trainer.hpp"

namespace tenas::binding {
namespace {

constexpr napi_type_tag kTrainerTag = {0x54454e4153000002, 0x3b1c9d40e27f586a};
constexpr std::array<std::string_view, 3> kOptimisers = {"sgd", "adam", "adamw"};
constexpr std::array<std::string_view, 2> kUntouched = {"keep", "decay"};
constexpr std::array<std::string_view, 2> kStatistics = {"running", "batch"};
constexpr std::array<std::string_view, 2> kDevices = {"cpu", "cuda"};

std::shared_ptr<Trainer>& trainer_handle(const Napi::CallbackInfo& call) {
  return handle_of<Trainer>(call, kTrainerTag, "trainer");
}

std::shared_ptr<Trainer> live_trainer(const Napi::CallbackInfo& call) {
  std::shared_ptr<Trainer> trainer = trainer_handle(call);
  if (!trainer) throw coded_error(call.Env(), "DISPOSED", "the trainer was disposed");
  return trainer;
}

Napi::Object options_of(const Napi::CallbackInfo& call) {
  return object(call.Length() < 2 ? call.Env().Undefined() : call[1], "options");
}

/// Starts a trainer's turn; the trainer is free for the next one before JavaScript hears of the answer.
template <class Work, class Show>
Napi::Value start_turn(Napi::Env env, std::unique_ptr<Trainer::Turn> turn, Work work, Show show) {
  return start_call(
      env, std::make_shared<std::atomic<bool>>(false),
      [turn = std::move(turn), work = std::move(work)](const CancelFlag& cancel) {
        return work(*turn, cancel);
      },
      std::move(show));
}

Optimiser parse_optimiser(const Napi::Object& from) {
  Optimiser optimiser;
  optimiser.kind = one_of<OptimiserKind>(from.Get("kind"), "optimiser.kind", kOptimisers);
  optimiser.momentum = number(from.Get("momentum"), "optimiser.momentum");
  optimiser.nesterov = from.Get("nesterov").ToBoolean().Value();
  const Napi::Array betas = list(from.Get("betas"), "optimiser.betas");
  optimiser.beta1 = number(betas.Get(uint32_t{0}), "optimiser.betas[0]");
  optimiser.beta2 = number(betas.Get(uint32_t{1}), "optimiser.betas[1]");
  optimiser.eps = number(from.Get("eps"), "optimiser.eps");
  optimiser.weight_decay = values<double>(from.Get("weightDecay"), "optimiser.weightDecay");
  optimiser.rate = values<double>(from.Get("rate"), "optimiser.rate");
  optimiser.untouched = one_of<Untouched>(from.Get("untouched"), "optimiser.untouched", kUntouched);
  return optimiser;
}

TrainingStart parse_start(const Napi::Value& weights) {
  if (!weights.IsTypedArray()) return parse_seeded(object(weights, "weights"));
  if (weights.As<Napi::TypedArray>().TypedArrayType() != napi_uint8_array)
    return values<float>(weights, "weights");
  return values<uint8_t>(weights, "weights");
}

Napi::Value create(const Napi::CallbackInfo& call) {
  return guarded(call.Env(), [&]() -> Napi::Value {
    const std::shared_ptr<Program> program = live_program(call);
    const Napi::Object from = options_of(call);
    TrainerOptions options;
    options.start = parse_start(from.Get("weights"));
    options.settings.optimiser = parse_optimiser(object(from.Get("optimiser"), "optimiser"));
    options.settings.label_smoothing = number(from.Get("labelSmoothing"), "loss.labelSmoothing");
    options.labelling.tiles = integer(from.Get("tiles"), "loss.tiles");
    options.labelling.height = integer(from.Get("pixelRows"), "loss.pixels[0]");
    options.labelling.width = integer(from.Get("pixelColumns"), "loss.pixels[1]");
    options.settings.clip = number(from.Get("clip"), "clip");
    options.settings.additions.drop_path = values<int32_t>(from.Get("dropPath"), "dropPath");
    options.settings.additions.dropout = values<int32_t>(from.Get("dropout"), "dropout");
    options.settings.additions.heads = values<int32_t>(from.Get("heads"), "heads");
    options.settings.head_weights = values<double>(from.Get("headWeights"), "headWeights");
    options.threads = integer(from.Get("threads"), "threads");
    options.reference = from.Get("reference").ToBoolean().Value();
    options.isa = text(from.Get("isa"), "isa");
    options.cuda = one_of<int32_t>(from.Get("device"), "device", kDevices) == 1;
    return external_of(call.Env(), std::make_shared<Trainer>(program, std::move(options)), kTrainerTag);
  });
}

/// As `fill`; empty where nothing is given.
template <class T>
void fill_optional(const Napi::Value& from, const std::string& field, std::vector<T>& target) {
  target.clear();
  if (!from.IsUndefined()) fill(from, field, target);
}

/// Copies a batch into the memory that the trainer keeps for it.
void read_batch(const Napi::Object& from, OwnedBatch& batch) {
  fill(from.Get("images"), "images", batch.images);
  fill(from.Get("coefficients"), "coefficients", batch.coefficients);
  fill_optional(from.Get("labels"), "labels", batch.labels);
  fill_optional(from.Get("dropPath"), "dropPath", batch.drop_path);
  fill_optional(from.Get("dropout"), "dropout", batch.dropout);
}

Napi::Value step(const Napi::CallbackInfo& call) {
  return guarded(call.Env(), [&]() -> Napi::Value {
    auto turn = std::make_unique<Trainer::Turn>(live_trainer(call));
    const Napi::Object from = options_of(call);
    read_batch(from, turn->batch());
    StepOptions options;
    options.learning_rate = number(from.Get("learningRate"), "learningRate");
    options.update = from.Get("update").ToBoolean().Value();
    options.coefficient_gradient = from.Get("coefficientGradient").ToBoolean().Value();
    turn->check_step(options);
    return start_turn(
        call.Env(), std::move(turn),
        [options](Trainer::Turn& own, const CancelFlag& cancel) { return own.step(options, cancel); },
        [options](Napi::Env env, const StepAnswer& answer) {
          Napi::Object object = Napi::Object::New(env);
          object.Set("loss", answer.loss);
          object.Set("correct", static_cast<double>(answer.correct));
          if (!answer.head_losses.empty()) object.Set("headLosses", typed_array(env, answer.head_losses));
          if (options.update) object.Set("gradientNorm", answer.gradient_norm);
          if (options.coefficient_gradient) {
            object.Set("coefficientGradient", typed_array(env, answer.coefficient_gradient));
          }
          return object;
        });
  });
}

Napi::Value evaluate(const Napi::CallbackInfo& call) {
  return guarded(call.Env(), [&]() -> Napi::Value {
    auto turn = std::make_unique<Trainer::Turn>(live_trainer(call));
    const Napi::Object from = options_of(call);
    read_batch(from, turn->batch());
    const auto statistics = one_of<EvaluationStatistics>(from.Get("statistics"), "statistics", kStatistics);
    turn->check_evaluation(statistics);
    return start_turn(
        call.Env(), std::move(turn),
        [statistics](Trainer::Turn& own, const CancelFlag& cancel) {
          return own.evaluate(statistics, cancel);
        },
        [](Napi::Env env, const TrainingEvaluation& answer) {
          Napi::Object object = Napi::Object::New(env);
          object.Set("loss", answer.loss);
          object.Set("correct", static_cast<double>(answer.correct));
          object.Set("logits", typed_array(env, answer.logits));
          return object;
        });
  });
}

Napi::Value observe(const Napi::CallbackInfo& call) {
  return guarded(call.Env(), [&]() -> Napi::Value {
    auto turn = std::make_unique<Trainer::Turn>(live_trainer(call));
    const Napi::Object from = options_of(call);
    read_batch(from, turn->batch());
    const bool first = from.Get("first").ToBoolean().Value();
    turn->check_observation();
    struct Nothing {};
    return start_turn(
        call.Env(), std::move(turn),
        [first](Trainer::Turn& own, const CancelFlag& cancel) {
          own.observe(first, cancel);
          return Nothing{};
        },
        [](Napi::Env env, const Nothing&) { return Napi::Object::New(env); });
  });
}

Napi::Value state(const Napi::CallbackInfo& call) {
  return guarded(call.Env(), [&]() -> Napi::Value {
    const Trainer::Turn turn(live_trainer(call));
    const TrainingState& now = turn.state();
    Napi::Object object = Napi::Object::New(call.Env());
    object.Set("steps", static_cast<double>(now.steps));
    object.Set("values", typed_array(call.Env(), now.values));
    object.Set("batches",
               typed_array(call.Env(), std::vector<double>(now.batches.begin(), now.batches.end())));
    return object;
  });
}

Napi::Value snapshot(const Napi::CallbackInfo& call) {
  return guarded(call.Env(), [&]() -> Napi::Value {
    return typed_array(call.Env(), Trainer::Turn(live_trainer(call)).snapshot());
  });
}

Napi::Value dispose(const Napi::CallbackInfo& call) {
  return guarded(call.Env(), [&]() -> Napi::Value {
    trainer_handle(call).reset();
    return call.Env().Undefined();
  });
}

}  // namespace

void add_trainer_functions(Napi::Env env, Napi::Object exports) {
  exports.Set("createTrainer", Napi::Function::New(env, create));
  exports.Set("trainerStep", Napi::Function::New(env, step));
  exports.Set("trainerEvaluate", Napi::Function::New(env, evaluate));
  exports.Set("trainerObserve", Napi::Function::New(env, observe));
  exports.Set("trainerState", Napi::Function::New(env, state));
  exports.Set("trainerSnapshot", Napi::Function::New(env, snapshot));
  exports.Set("disposeTrainer", Napi::Function::New(env, dispose));
}

}  // namespace tenas::binding
