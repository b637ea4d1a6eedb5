#include "runtime/program.hpp"

namespace tenas {

const engine::Plan& Program::plan(engine::Purpose purpose) const {
  if (purpose == engine::Purpose::kForward) return forward_plan_;
  if (purpose == engine::Purpose::kGradient) return gradient_plan_;
  Late& late = purpose == engine::Purpose::kTraining ? training_ : direct_;
  std::call_once(late.planned, [&] { late.plan = std::make_unique<const engine::Plan>(graph_, purpose); });
  return *late.plan;
}

const engine::Engine& Program::engine(const Variant& variant) {
  const std::lock_guard lock(mutex_);
  std::unique_ptr<engine::Engine>& engine = engines_[variant];
  if (!engine) engine = engine::make_engine(plan(variant.purpose), variant.isa);
  return *engine;
}

Program::Lease::Lease(Program& program, Variant variant) : program_(program), variant_(std::move(variant)) {
  const engine::Engine& engine = program_.engine(variant_);
  {
    const std::lock_guard lock(program_.mutex_);
    auto& idle = program_.idle_[variant_];
    if (!idle.empty()) {
      workspace_ = std::move(idle.back());
      idle.pop_back();
    }
  }
  if (!workspace_) workspace_ = engine.make_workspace();
}

Program::Lease::~Lease() {
  const std::lock_guard lock(program_.mutex_);
  program_.idle_[variant_].push_back(std::move(workspace_));
}

}  // namespace tenas
