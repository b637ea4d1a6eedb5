// C++ exceptions as JavaScript errors with a code.
#pragma once

#include <napi.h>

#include <exception>
#include <new>

#include "base/error.hpp"

namespace tenas::binding {

/// A JavaScript Error with `code` set.
inline Napi::Error coded_error(Napi::Env env, const std::string& code, const std::string& message) {
  Napi::Error error = Napi::Error::New(env, message);
  error.Set("code", Napi::String::New(env, code));
  return error;
}

/// Runs fn and rethrows what it throws as a coded JavaScript error.
template <class Fn>
auto guarded(Napi::Env env, const Fn& fn) {
  try {
    return fn();
  } catch (const Error& error) {
    throw coded_error(env, error.code(), error.what());
  } catch (const std::bad_alloc&) {
    throw coded_error(env, "OUT_OF_MEMORY", "out of memory");
  } catch (const Napi::Error&) {
    throw;
  } catch (const std::exception& error) {
    throw coded_error(env, "INTERNAL", error.what());
  }
}

}  // namespace tenas::binding
