// Coded errors: thrown anywhere in the engine, turned into JavaScript errors with a `code` at the boundary.
#pragma once

#include <stdexcept>
#include <string>
#include <utility>

namespace tenas {

/// An error with a machine-readable code: GRAPH_INVALID, GRAPH_TOO_LARGE, REQUEST_INVALID, OUT_OF_MEMORY,
/// CANCELLED, DISPOSED, NO_CONVERGENCE, NOT_FINITE, SNAPSHOT_INVALID, ISA_UNAVAILABLE, CUDA_UNAVAILABLE or
/// CUDA_FAILED.
class Error : public std::runtime_error {
 public:
  Error(std::string code, const std::string& message) : std::runtime_error(message), code_(std::move(code)) {}
  const std::string& code() const { return code_; }

 private:
  std::string code_;
};

}  // namespace tenas
