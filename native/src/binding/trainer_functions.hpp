// The addon's functions for trainers.
#pragma once

#include <napi.h>

namespace tenas::binding {

/// Adds createTrainer, trainerStep, trainerEvaluate, trainerObserve, trainerState, trainerSnapshot and
/// disposeTrainer (native/ts/addon-trainer.ts).
void add_trainer_functions(Napi::Env env, Napi::Object exports);

}  // namespace tenas::binding
