// Handles of native objects in JavaScript.
#pragma once

#include <napi.h>

#include <memory>
#include <string>

#include "binding/errors.hpp"
#include "runtime/program.hpp"

namespace tenas::binding {

/// Marks our own externals, so that a foreign one is refused.
constexpr napi_type_tag kProgramTag = {0x54454e4153000001, 0x8f3d2b7c61a0495e};

/// A JavaScript external that shares an object.
template <class T>
Napi::Value external_of(Napi::Env env, std::shared_ptr<T> shared, const napi_type_tag& tag) {
  using Handle = std::shared_ptr<T>;
  auto external =
      Napi::External<Handle>::New(env, std::make_unique<Handle>(std::move(shared)).release(),
                                  [](Napi::Env, Handle* data) { const std::unique_ptr<Handle> last(data); });
  external.TypeTag(&tag);
  return external;
}

/// The object that a call's first argument holds; null once it was disposed. Throws REQUEST_INVALID for
/// anything else.
template <class T>
std::shared_ptr<T>& handle_of(const Napi::CallbackInfo& call, const napi_type_tag& tag,
                              const std::string& what) {
  using Handle = std::shared_ptr<T>;
  if (call.Length() < 1 || !call[0].IsExternal() ||
      !call[0].As<Napi::External<Handle>>().CheckTypeTag(&tag)) {
    throw coded_error(call.Env(), "REQUEST_INVALID", "the first argument must be a " + what);
  }
  return *call[0].As<Napi::External<Handle>>().Data();
}

inline std::shared_ptr<Program>& program_handle(const Napi::CallbackInfo& call) {
  return handle_of<Program>(call, kProgramTag, "compiled program");
}

/// The program of a call. Throws DISPOSED.
inline std::shared_ptr<Program> live_program(const Napi::CallbackInfo& call) {
  std::shared_ptr<Program> program = program_handle(call);
  if (!program) throw coded_error(call.Env(), "DISPOSED", "the program was disposed");
  return program;
}

}  // namespace tenas::binding
