// A compiled network with its engines and idle workspaces.
#pragma once

#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "engine/engine.hpp"

namespace tenas {

class Program {
 public:
  explicit Program(Graph graph) : graph_(std::move(graph)), plan_(graph_) {}

  const Graph& graph() const { return graph_; }
  const engine::Plan& plan() const { return plan_; }

  /// The engine of an instruction set, made on first use. Throws Error ISA_UNAVAILABLE.
  const engine::Engine& engine(const std::string& isa);

  /// A workspace for the time of an evaluation; given back to the program when it goes out of scope.
  class Lease {
   public:
    Lease(Program& program, std::string isa);
    ~Lease();
    Lease(const Lease&) = delete;
    Lease& operator=(const Lease&) = delete;
    engine::Workspace& workspace() { return *workspace_; }

   private:
    Program& program_;
    std::string isa_;
    std::unique_ptr<engine::Workspace> workspace_;
  };

 private:
  const Graph graph_;
  const engine::Plan plan_;
  std::mutex mutex_;
  std::map<std::string, std::unique_ptr<engine::Engine>> engines_;
  std::map<std::string, std::vector<std::unique_ptr<engine::Workspace>>> idle_;
};

}  // namespace tenas
