// Training on the fast engine.
#pragma once

#include <memory>
#include <span>

#include "cpu/engine.hpp"
#include "train/labelling.hpp"
#include "train/training.hpp"

namespace tenas::engine {

/// Samples of an evaluation with running statistics that run together: more would only need more memory.
constexpr int32_t kEvaluatedTogether = 256;

/// A network in training with a plan for it, or for gradients, and the engine made of it; both must outlive
/// it.
std::unique_ptr<Training> make_training(const Plan& plan, const Engine& engine, TrainingSettings settings,
                                        TrainingState state, const Labelling& labelling = {});

}  // namespace tenas::engine
