// Checks of what each task asks for.
#pragma once

#include <cstddef>

#include "runtime/request.hpp"

namespace tenas {

/// Checks request.tasks[index]. Throws Error REQUEST_INVALID naming the field.
void validate_task(const Graph& graph, const Request& request, size_t index);

/// Checks that request.repeats[index] has the labels that the tasks read, and only sensible ones. Throws
/// Error REQUEST_INVALID naming the field.
void validate_labels(const Graph& graph, const Request& request, size_t index);

/// Batches of inputs that the tasks of a request read.
int32_t batches_of(const Request& request);

}  // namespace tenas
