// All that can be asked of a network, and the answers: one alternative per task, in the same order.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <variant>

#include "tasks/blocks.hpp"
#include "tasks/change.hpp"
#include "tasks/codes.hpp"
#include "tasks/constants.hpp"
#include "tasks/curvature.hpp"
#include "tasks/features.hpp"
#include "tasks/forward.hpp"
#include "tasks/gradient.hpp"
#include "tasks/jacobian.hpp"
#include "tasks/ntk.hpp"
#include "tasks/patterns.hpp"
#include "tasks/pixels.hpp"
#include "tasks/regions.hpp"
#include "tasks/saliency.hpp"

namespace tenas {

using Task = std::variant<ForwardTask, NtkTask, RegionsTask, CodesTask, FeaturesTask, GradientTask,
                          ChangeTask, BlocksTask, SaliencyTask, JacobianTask, PatternsTask, PixelsTask,
                          ConstantsTask, CurvatureTask>;
using Answer = std::variant<ForwardAnswer, NtkAnswer, RegionsAnswer, CodesAnswer, FeaturesAnswer,
                            GradientAnswer, ChangeAnswer, BlocksAnswer, SaliencyAnswer, JacobianAnswer,
                            PatternsAnswer, PixelsAnswer, ConstantsAnswer, CurvatureAnswer>;

inline Statistics forward_statistics(const GradientTask& task) {
  if (task.statistics == GradientStatistics::kPerSample) return Statistics::kPerSample;
  return task.statistics == GradientStatistics::kNone ? Statistics::kNone : Statistics::kBatch;
}

/// The answer to a task of type T.
template <class T, size_t I = 0>
constexpr auto answer_place() {
  if constexpr (std::is_same_v<T, std::variant_alternative_t<I, Task>>) {
    return std::integral_constant<size_t, I>{};
  } else {
    return answer_place<T, I + 1>();
  }
}
template <class T>
using answer_of_t = std::variant_alternative_t<decltype(answer_place<T>())::value, Answer>;

/// The names of all tasks, separated by commas.
inline std::string task_names() {
  return []<size_t... I>(std::index_sequence<I...>) {
    std::string names;
    ((names += (names.empty() ? "" : ", ") + std::string(std::variant_alternative_t<I, Task>::kName)), ...);
    return names;
  }
  (std::make_index_sequence<std::variant_size_v<Task>>{});
}

/// The task's name, as requests write it.
inline std::string_view task_name(const Task& task) {
  return std::visit([](const auto& one) { return one.kName; }, task);
}

/// The statistics that batch norm uses in the forward pass of a task: tasks that agree share one.
inline Statistics forward_statistics(const Task& task) {
  if (const auto* forward = std::get_if<ForwardTask>(&task)) return forward->statistics;
  if (const auto* gradient = std::get_if<GradientTask>(&task)) return forward_statistics(*gradient);
  if (std::holds_alternative<JacobianTask>(task)) return Statistics::kRunning;
  return Statistics::kBatch;
}

/// Batches of the inputs that a task reads, from the first on.
inline int32_t batches_of(const Task& task) {
  if (const auto* regions = std::get_if<RegionsTask>(&task)) return regions->batches;
  if (const auto* gradient = std::get_if<GradientTask>(&task)) return gradient->batches;
  return std::holds_alternative<ChangeTask>(task) ? 2 : 1;
}

/// Whether a task needs a backward pass.
inline bool is_differentiated(const Task& task) {
  return std::holds_alternative<NtkTask>(task) || std::holds_alternative<GradientTask>(task) ||
         std::holds_alternative<BlocksTask>(task) || std::holds_alternative<SaliencyTask>(task) ||
         std::holds_alternative<JacobianTask>(task) || std::holds_alternative<CurvatureTask>(task);
}

/// Whether a task looks at the network in a pass that others share: with its own weights, and without
/// derivatives along them.
inline bool shares_forward_pass(const Task& task) {
  return !std::holds_alternative<ConstantsTask>(task) && !std::holds_alternative<CurvatureTask>(task);
}

/// Whether a task reads the labels.
inline bool needs_labels(const Task& task) {
  if (std::holds_alternative<CurvatureTask>(task)) return true;
  const auto* gradient = std::get_if<GradientTask>(&task);
  const auto* saliency = std::get_if<SaliencyTask>(&task);
  const Loss* loss = gradient != nullptr ? &gradient->loss : saliency != nullptr ? &saliency->loss : nullptr;
  return loss != nullptr && std::holds_alternative<CrossEntropy>(*loss);
}

}  // namespace tenas
