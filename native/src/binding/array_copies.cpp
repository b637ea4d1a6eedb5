#include "binding/array_copies.hpp"

#include <cstdint>
#include <cstring>

namespace tenas::binding {
namespace {

template <class T>
Napi::Value filled(Napi::Env env, const void* values, size_t bytes) {
  auto array = Napi::TypedArrayOf<T>::New(env, bytes / sizeof(T));
  if (bytes > 0) std::memcpy(array.Data(), values, bytes);
  return array;
}

}  // namespace

void copy_from(const Napi::TypedArray& array, void* into) {
  const size_t bytes = array.ByteLength();
  if (bytes == 0) return;
  void* data = nullptr;
  const napi_status status =
      napi_get_typedarray_info(array.Env(), array, nullptr, nullptr, &data, nullptr, nullptr);
  if (status != napi_ok) throw Napi::Error::New(array.Env());
  std::memcpy(into, data, bytes);
}

Napi::Value copy_of(Napi::Env env, napi_typedarray_type type, const void* values, size_t bytes) {
  switch (type) {
    case napi_uint8_array:
      return filled<uint8_t>(env, values, bytes);
    case napi_int32_array:
      return filled<int32_t>(env, values, bytes);
    case napi_float32_array:
      return filled<float>(env, values, bytes);
    default:
      return filled<double>(env, values, bytes);
  }
}

}  // namespace tenas::binding
