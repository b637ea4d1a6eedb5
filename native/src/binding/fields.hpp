// Fields of JavaScript objects, checked and copied.
#pragma once

#include <napi.h>

#include <array>
#include <cmath>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.hpp"
#include "binding/array_copies.hpp"

namespace tenas::binding {

[[noreturn]] inline void refuse(const std::string& message) {
  throw Error("REQUEST_INVALID", message);
}

/// A value as a 32-bit integer. Throws Error REQUEST_INVALID naming the field.
inline int32_t integer(const Napi::Value& value, const std::string& name) {
  const double number = value.IsNumber() ? value.As<Napi::Number>().DoubleValue() : NAN;
  if (!(std::abs(number) <= 2147483647.0) || number != std::floor(number)) {
    refuse(name + " must be a 32-bit integer");
  }
  return static_cast<int32_t>(number);
}

/// A value as text. Throws Error REQUEST_INVALID naming the field.
inline std::string text(const Napi::Value& value, const std::string& name) {
  if (!value.IsString()) refuse(name + " must be a string");
  return value.As<Napi::String>().Utf8Value();
}

/// A value as an object. Throws Error REQUEST_INVALID naming the field.
inline Napi::Object object(const Napi::Value& value, const std::string& name) {
  if (!value.IsObject()) refuse(name + " must be an object");
  return value.As<Napi::Object>();
}

/// A value as a list. Throws Error REQUEST_INVALID naming the field.
inline Napi::Array list(const Napi::Value& value, const std::string& name) {
  if (!value.IsArray()) refuse(name + " must be an array");
  return value.As<Napi::Array>();
}

/// The place of a value among words, as the enum whose members stand in their order. Throws Error
/// REQUEST_INVALID naming the field, the value and the words.
template <class Enum, size_t N>
Enum one_of(const Napi::Value& value, const std::string& name, const std::array<std::string_view, N>& words) {
  const std::string given = text(value, name);
  std::string known;
  for (size_t i = 0; i < N; ++i) {
    if (given == words[i]) return static_cast<Enum>(i);
    known += (i == 0 ? "" : ", ") + std::string(words[i]);
  }
  refuse(name + " is '" + given + "'; it must be one of " + known);
}

/// A value as a number, also NaN. Throws Error REQUEST_INVALID naming the field.
inline double number(const Napi::Value& value, const std::string& name) {
  if (!value.IsNumber()) refuse(name + " must be a number");
  return value.As<Napi::Number>().DoubleValue();
}

/// The typed array that holds a type of value, and what a message calls it.
template <class T>
struct ArrayOf;
template <>
struct ArrayOf<uint8_t> {
  static constexpr napi_typedarray_type type = napi_uint8_array;
  static constexpr const char* name = "a Uint8Array";
};
template <>
struct ArrayOf<int32_t> {
  static constexpr napi_typedarray_type type = napi_int32_array;
  static constexpr const char* name = "an Int32Array";
};
template <>
struct ArrayOf<float> {
  static constexpr napi_typedarray_type type = napi_float32_array;
  static constexpr const char* name = "a Float32Array";
};
template <>
struct ArrayOf<double> {
  static constexpr napi_typedarray_type type = napi_float64_array;
  static constexpr const char* name = "a Float64Array";
};

/// Copies a typed array's values into memory that is kept. Throws Error REQUEST_INVALID naming the field.
template <class T>
void fill(const Napi::Value& value, const std::string& name, std::vector<T>& into) {
  if (!value.IsTypedArray() || value.As<Napi::TypedArray>().TypedArrayType() != ArrayOf<T>::type) {
    refuse(name + " must be " + ArrayOf<T>::name);
  }
  const auto array = value.As<Napi::TypedArray>();
  into.resize(array.ElementLength());
  copy_from(array, into.data());
}

/// A copy of a typed array's values. Throws Error REQUEST_INVALID naming the field.
template <class T>
std::vector<T> values(const Napi::Value& value, const std::string& name) {
  std::vector<T> copy;
  fill(value, name, copy);
  return copy;
}

/// A new typed array of the values.
template <class T>
Napi::Value typed_array(Napi::Env env, const std::vector<T>& from) {
  return copy_of(env, ArrayOf<T>::type, from.data(), std::span(from).size_bytes());
}

}  // namespace tenas::binding
