#include "binding/file_lock.hpp"

#include <fcntl.h>

#include <cerrno>
#include <cstring>
#include <string>

#include "base/error.hpp"
#include "binding/errors.hpp"
#include "binding/fields.hpp"

namespace tenas::binding {
namespace {

// SQLite's lock bytes (PENDING_BYTE to the end of the shared range), so that its exclusive transactions and
// these locks keep each other out.
constexpr off_t kFirstByte = 0x40000000;
constexpr off_t kBytes = 512;

Napi::Value lock_file(const Napi::CallbackInfo& call) {
  return guarded(call.Env(), [&]() -> Napi::Value {
    if (call.Length() < 1) throw Error("REQUEST_INVALID", "lockFile takes a file descriptor");
    struct flock range {};
    range.l_type = F_WRLCK;
    range.l_whence = SEEK_SET;
    range.l_start = kFirstByte;
    range.l_len = kBytes;
    // The lock is that of the open file, not of the process: closing another descriptor of the file does not
    // drop it.
    if (fcntl(integer(call[0], "fd"), F_OFD_SETLK, &range) == 0) return Napi::Boolean::New(call.Env(), true);
    if (errno == EAGAIN || errno == EACCES) return Napi::Boolean::New(call.Env(), false);
    throw Error("LOCK_FAILED", std::string("the file cannot be locked: ") + std::strerror(errno));
  });
}

}  // namespace

void add_file_lock(Napi::Env env, Napi::Object exports) {
  exports.Set("lockFile", Napi::Function::New(env, lock_file));
}

}  // namespace tenas::binding
