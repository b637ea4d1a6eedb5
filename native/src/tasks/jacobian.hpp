// The task `jacobian`: derivatives of each output by single parameters.
#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

namespace tenas {

/// Asks for the derivatives of every output of every sample of the first batch by the first value of some
/// parameters, under the running statistics.
struct JacobianTask {
  static constexpr std::string_view kName = "jacobian";
  std::vector<int32_t> parameters;  // ids of tensors
};

struct JacobianAnswer {
  std::vector<double> logits;    // [N][output values]
  std::vector<double> jacobian;  // [N][output values][parameters]; 0 for those of nodes that do not run
};

}  // namespace tenas
