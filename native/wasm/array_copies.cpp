// Copies between JavaScript's typed arrays and this module's memory. JavaScript copies, through a view of the
// memory: emnapi's own pointers to an array's values are copies that stay as they are when the array changes.
#include "binding/array_copies.hpp"

#include <emnapi.h>

#include <cstdint>

namespace tenas::binding {
namespace {

/// A view of this module's memory, valid until the memory grows.
Napi::Object view_of(Napi::Env env, napi_typedarray_type type, void* memory, size_t bytes) {
  napi_value view;
  // Both enumerations number the types alike.
  const napi_status status = emnapi_create_memory_view(env, static_cast<emnapi_memory_view_type>(type),
                                                       memory, bytes, nullptr, nullptr, &view);
  if (status != napi_ok) throw Napi::Error::New(env);
  return Napi::Object(env, view);
}

}  // namespace

void copy_from(const Napi::TypedArray& array, void* into) {
  const size_t bytes = array.ByteLength();
  if (bytes == 0) return;
  const Napi::Object view = view_of(array.Env(), array.TypedArrayType(), into, bytes);
  view.Get("set").As<Napi::Function>().Call(view, {array});
}

Napi::Value copy_of(Napi::Env env, napi_typedarray_type type, const void* values, size_t bytes) {
  // An address of its own where there are no values: their vector may have none.
  static double nothing = 0;
  const Napi::Object view = view_of(env, type, bytes == 0 ? &nothing : const_cast<void*>(values), bytes);
  return view.Get("slice").As<Napi::Function>().Call(view, {});
}

}  // namespace tenas::binding
