#include "runtime/program.hpp"

namespace tenas {

const engine::Engine& Program::engine(const std::string& isa) {
  const std::lock_guard lock(mutex_);
  std::unique_ptr<engine::Engine>& engine = engines_[isa];
  if (!engine) engine = engine::make_engine(plan_, isa);
  return *engine;
}

Program::Lease::Lease(Program& program, std::string isa) : program_(program), isa_(std::move(isa)) {
  const engine::Engine& engine = program_.engine(isa_);
  {
    const std::lock_guard lock(program_.mutex_);
    auto& idle = program_.idle_[isa_];
    if (!idle.empty()) {
      workspace_ = std::move(idle.back());
      idle.pop_back();
    }
  }
  if (!workspace_) workspace_ = engine.make_workspace();
}

Program::Lease::~Lease() {
  const std::lock_guard lock(program_.mutex_);
  program_.idle_[isa_].push_back(std::move(workspace_));
}

}  // namespace tenas
