// Gradients without normalisation grow with depth, by the product of all layers' sizes: where one leaves
// single precision, the engine answers again in double.
#pragma once

#include <memory>
#include <mutex>
#include <vector>

#include "runtime/request.hpp"

namespace tenas {

/// Whether a task may leave single precision with ordinary weights.
bool may_overflow(const Task& task);

/// The double-precision engine for the tasks of a request that overflow; made when first needed.
class OverflowRescue {
 public:
  OverflowRescue(Program& program, const Request& request);

  /// Replaces each answer that may have overflowed and is not finite. Any thread; the same bits on each.
  void mend(int64_t repeat, std::span<const double> coefficients, std::vector<Answer>& answers,
            const CancelFlag& cancel);

 private:
  const engine::Prepared& prepared(int64_t repeat);

  Program& program_;
  const Request& request_;
  const bool wanted_;
  std::mutex mutex_;
  std::vector<std::unique_ptr<engine::Prepared>> prepared_;  // by repeat
};

}  // namespace tenas
