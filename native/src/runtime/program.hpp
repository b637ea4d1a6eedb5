// A compiled network with its engines and idle workspaces.
#pragma once

#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <tuple>
#include <vector>

#include "cpu/engine.hpp"

namespace tenas {

class Program {
 public:
  explicit Program(Graph graph)
      : graph_(std::move(graph)),
        forward_plan_(graph_, engine::Purpose::kForward),
        gradient_plan_(graph_, engine::Purpose::kGradient) {}

  /// The properties that an engine and its workspaces are made for.
  struct Variant {
    engine::Purpose purpose = engine::Purpose::kForward;
    std::string isa;  // "" = best
    bool operator<(const Variant& other) const {
      return std::tie(purpose, isa) < std::tie(other.purpose, other.isa);
    }
  };

  const Graph& graph() const { return graph_; }
  /// The plan of a purpose; those for training and direct ones are made on first use, as few networks need
  /// them.
  const engine::Plan& plan(engine::Purpose purpose) const;

  /// The engine of a variant, made on first use. Throws Error ISA_UNAVAILABLE.
  const engine::Engine& engine(const Variant& variant);

  /// A workspace for the time of an evaluation; given back to the program when it goes out of scope.
  class Lease {
   public:
    Lease(Program& program, Variant variant);
    ~Lease();
    Lease(const Lease&) = delete;
    Lease& operator=(const Lease&) = delete;
    engine::Workspace& workspace() { return *workspace_; }

   private:
    Program& program_;
    Variant variant_;
    std::unique_ptr<engine::Workspace> workspace_;
  };

 private:
  const Graph graph_;
  const engine::Plan forward_plan_, gradient_plan_;
  struct Late {
    std::once_flag planned;
    std::unique_ptr<const engine::Plan> plan;
  };
  mutable Late training_, direct_;
  std::mutex mutex_;
  std::map<Variant, std::unique_ptr<engine::Engine>> engines_;
  std::map<Variant, std::vector<std::unique_ptr<engine::Workspace>>> idle_;
};

}  // namespace tenas
