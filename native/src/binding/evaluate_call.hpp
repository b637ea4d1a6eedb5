// A request in flight: runs on a thread of its own and settles a Promise.
#pragma once

#include <napi.h>

#include <memory>

#include "runtime/request.hpp"

namespace tenas::binding {

/// Starts the request and returns what JavaScript holds of it: { result, finished, cancel }, a Promise of the
/// response and two functions, which ask for the number of finished evaluations and stop the others.
Napi::Object start_evaluate(Napi::Env env, std::shared_ptr<Program> program, Request request);

}  // namespace tenas::binding
