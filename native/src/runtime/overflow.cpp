#include "runtime/overflow.hpp"

#include <algorithm>
#include <cmath>

#include "base/parallel.hpp"
#include "runtime/validate_tasks.hpp"

namespace tenas {
namespace {

template <class T>
bool is_finite(const std::vector<T>& values) {
  return std::all_of(values.begin(), values.end(), [](T value) { return std::isfinite(value); });
}

bool is_finite(const GradientAnswer& answer) {
  return std::isfinite(answer.loss) && is_finite(answer.logits) && is_finite(answer.parameters) &&
         is_finite(answer.sums) && is_finite(answer.signs) && is_finite(answer.coefficients) &&
         is_finite(answer.input);
}

Program::Variant variant_of(const Request& request) {
  return {engine::Purpose::kGradient, std::string(engine::isa_of_double(request.isa))};
}

}  // namespace

bool may_overflow(const Task& task) {
  const auto* gradient = std::get_if<GradientTask>(&task);
  return gradient != nullptr && gradient->statistics == GradientStatistics::kNone;
}

OverflowRescue::OverflowRescue(Program& program, const Request& request)
    : program_(program),
      request_(request),
      wanted_(request.isa != "double" &&
              std::any_of(request.tasks.begin(), request.tasks.end(), may_overflow)),
      prepared_(request.repeats.size()) {}

void OverflowRescue::mend(int64_t repeat, std::span<const double> coefficients, std::vector<Answer>& answers,
                          const CancelFlag& cancel) {
  if (!wanted_) return;
  std::vector<Task> tasks;
  std::vector<Answer*> places;
  for (size_t t = 0; t < answers.size(); ++t) {
    if (!may_overflow(request_.tasks[t]) || is_finite(std::get<GradientAnswer>(answers[t]))) continue;
    tasks.push_back(request_.tasks[t]);
    places.push_back(&answers[t]);
  }
  if (tasks.empty()) return;
  const Program::Variant variant = variant_of(request_);
  Program::Lease lease(program_, variant);
  engine::Workspace* const workspace = &lease.workspace();
  std::vector<Answer> found = program_.engine(variant).evaluate(std::span(&workspace, 1), prepared(repeat),
                                                                coefficients, tasks, run_serially, cancel);
  for (size_t k = 0; k < found.size(); ++k) *places[k] = std::move(found[k]);
}

const engine::Prepared& OverflowRescue::prepared(int64_t repeat) {
  const std::lock_guard lock(mutex_);
  std::unique_ptr<engine::Prepared>& made = prepared_[repeat];
  if (!made) {
    const Repeat& given = request_.repeats[repeat];
    std::vector<float> drawn;
    made = program_.engine(variant_of(request_))
               .prepare(given.inputs, given.labels, view_weights(program_, given.weights, drawn),
                        batches_of(request_), request_.batch);
  }
  return *made;
}

}  // namespace tenas
