// One evaluation in flight: runs on a thread of its own and settles a Promise.
#pragma once

#include <napi.h>

#include <memory>

#include "runtime/request.hpp"

namespace tenas::binding {

/// Starts the request and returns its Promise. `control` is an Int32Array of two: [0] set to
/// non-zero cancels, [1] counts finished evaluations; it is kept alive until the end.
Napi::Promise start_evaluation(Napi::Env env, std::shared_ptr<Program> program, Request request,
                               const Napi::Int32Array& control);

}  // namespace tenas::binding
