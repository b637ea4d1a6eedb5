// WebAssembly has no files to lock.
#include "binding/file_lock.hpp"

#include "base/error.hpp"
#include "binding/errors.hpp"

namespace tenas::binding {
namespace {

Napi::Value lock_file(const Napi::CallbackInfo& call) {
  return guarded(call.Env(), []() -> Napi::Value {
    throw Error("LOCK_FAILED", "the WebAssembly build of the engine cannot lock files");
  });
}

}  // namespace

void add_file_lock(Napi::Env env, Napi::Object exports) {
  exports.Set("lockFile", Napi::Function::New(env, lock_file));
}

}  // namespace tenas::binding
