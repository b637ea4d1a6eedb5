// Training on a device.
#pragma once

#include <memory>

#include "cuda/device.hpp"
#include "plan/plan.hpp"
#include "train/training.hpp"

namespace tenas::cuda {

/// A network in training with a direct plan; device and plan must outlive it. Forward,
/// backward and the optimiser run on the device; the loss and the running statistics are the CPU's. One call
/// at a time may use the device.
std::unique_ptr<Training> make_training(Device& device, const engine::Plan& plan, TrainingSettings settings,
                                        TrainingState state);

}  // namespace tenas::cuda
