// WebAssembly has no signals: what goes wrong in it is an exception.
#include "binding/crash_mark.hpp"
#include "runtime/fault_stack.hpp"

namespace tenas {

void give_fault_stack() {}

}  // namespace tenas

namespace tenas::binding {

void add_crash_mark(Napi::Env env, Napi::Object exports) {
  exports.Set("markCrashes", Napi::Function::New(env, [](const Napi::CallbackInfo& call) -> Napi::Value {
                return Napi::Number::New(call.Env(), -1);
              }));
  exports.Set("unmarkCrashes", Napi::Function::New(env, [](const Napi::CallbackInfo& call) -> Napi::Value {
                return call.Env().Undefined();
              }));
}

}  // namespace tenas::binding
