// JavaScript request objects as plain structs.
#pragma once

#include <napi.h>

#include "runtime/request.hpp"

namespace tenas::binding {

/// Copies everything out of the request object (format: native/ts/addon.ts), so that no JavaScript value is
/// touched while the request runs. Throws Error REQUEST_INVALID naming the field.
Request parse_request(const Napi::Object& object, const Program& program);

/// Weights by formula: {seed, repeat, init, absolute?}. Throws Error REQUEST_INVALID naming the field.
SeededWeights parse_seeded(const Napi::Object& object);

}  // namespace tenas::binding
