// Values of typed arrays, copied. array_copies.cpp copies memory; the WebAssembly build, whose memory is not
// JavaScript's, lets JavaScript copy (native/wasm/array_copies.cpp).
#pragma once

#include <napi.h>

#include <cstddef>

namespace tenas::binding {

/// Copies all values of a typed array to `into`.
void copy_from(const Napi::TypedArray& array, void* into);

/// A new typed array with the values in `bytes` bytes from `values`; `type` is one of uint8, int32, float32
/// and float64.
Napi::Value copy_of(Napi::Env env, napi_typedarray_type type, const void* values, size_t bytes);

}  // namespace tenas::binding
