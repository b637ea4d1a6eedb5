// JavaScript request objects as plain structs.
#pragma once

#include <napi.h>

#include "runtime/request.hpp"

namespace tenas::binding {

/// Copies everything out of the request object (format: native/ts/addon.ts), so that no JavaScript value is
/// touched while the evaluation runs. Throws Error REQUEST_INVALID naming the field.
Request parse_request(const Napi::Object& object, const Program& program);

/// A field of an object as a typed array or number; throws Error REQUEST_INVALID naming the field.
int32_t int_field(const Napi::Object& object, const char* name);
SeededWeights seeded_field(const Napi::Object& object);

}  // namespace tenas::binding
