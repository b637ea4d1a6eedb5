/* Preloaded (LD_PRELOAD) into a process: its N-th change of a file in a folder fails, or ends the process.
 *
 *   TENAS_CHAOS_FOLDER  absolute path of the folder; `sockets` for all sockets in its place
 *   TENAS_CHAOS_STATE   file of sizeof(struct state) bytes, in which the changes are counted
 *   TENAS_CHAOS_AT      number of the change, from 1; 0: changes are counted only
 *   TENAS_CHAOS_ACTION  kill | kill-after | kill-torn | short | ENOSPC | EIO | full
 *
 * kill ends the process before the change, kill-after after it, kill-torn after half of a write. short writes half, as
 * an interrupted write does. ENOSPC and EIO fail this one change, full this one and all later ones that need room.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/uio.h>
#include <unistd.h>

struct state {
  _Atomic uint64_t changes;
  _Atomic uint64_t happened; /* the number of the change that failed; 0: none did */
  char call[24];
  char path[216];
};

enum action { NONE, KILL, KILL_AFTER, KILL_TORN, SHORT, FAIL_SPACE, FAIL_DEVICE, FULL };

static struct state *state;
static char folder[PATH_MAX];
static size_t folder_length;
static uint64_t at;
static enum action action;

static const char *const names[] = {"",      "kill",   "kill-after", "kill-torn",
                                    "short", "ENOSPC", "EIO",        "full"};

__attribute__((constructor)) static void begin(void) {
  const char *given_folder = getenv("TENAS_CHAOS_FOLDER");
  const char *given_state = getenv("TENAS_CHAOS_STATE");
  const char *given_at = getenv("TENAS_CHAOS_AT");
  const char *given_action = getenv("TENAS_CHAOS_ACTION");
  if (!given_folder || !given_state || !given_at || !given_action) return;
  folder_length = strlen(given_folder);
  if (folder_length >= sizeof folder) return;
  memcpy(folder, given_folder, folder_length + 1);
  at = strtoull(given_at, NULL, 10);
  for (int i = KILL; i <= FULL; i++)
    if (strcmp(names[i], given_action) == 0) action = (enum action)i;
  int file = open(given_state, O_RDWR | O_CLOEXEC);
  if (file < 0) return;
  void *mapped = mmap(NULL, sizeof(struct state), PROT_READ | PROT_WRITE, MAP_SHARED, file, 0);
  close(file);
  if (mapped != MAP_FAILED) state = mapped;
}

static int in_folder(const char *path) {
  if (strcmp(folder, "sockets") == 0) return strncmp(path, "socket:[", 8) == 0;
  return strncmp(path, folder, folder_length) == 0 && path[folder_length] == '/';
}

/* Paths from the current directory are made absolute by it. */
static int concerns_path(const char *path, char *full) {
  if (state == NULL || path == NULL) return 0;
  if (path[0] == '/') {
    snprintf(full, PATH_MAX, "%s", path);
  } else {
    char here[PATH_MAX];
    if (getcwd(here, sizeof here) == NULL) return 0;
    if (snprintf(full, PATH_MAX, "%s/%s", here, path) >= PATH_MAX) return 0;
  }
  return in_folder(full);
}

static int concerns_file(int file, char *full) {
  if (state == NULL) return 0;
  char link[40];
  snprintf(link, sizeof link, "/proc/self/fd/%d", file);
  ssize_t length = readlink(link, full, PATH_MAX - 1);
  if (length <= 0) return 0;
  full[length] = 0;
  return in_folder(full);
}

static void die(void) {
  kill(getpid(), SIGKILL);
  for (;;) pause();
}

/* What happens to a change of a file in the folder. */
static enum action next_change(const char *call, const char *path, int needs_room) {
  uint64_t number = atomic_fetch_add(&state->changes, 1) + 1;
  int is_it = at != 0 && number == at;
  if (at != 0 && number > at && action == FULL && needs_room && atomic_load(&state->happened) != 0) is_it = 1;
  if (!is_it) return NONE;
  if (atomic_load(&state->happened) == 0) {
    snprintf(state->call, sizeof state->call, "%s", call);
    int is_file = path[0] == '/';
    snprintf(state->path, sizeof state->path, "%s", is_file ? path + folder_length + 1 : "socket");
    atomic_store(&state->happened, number);
  }
  if (action == KILL) die();
  return action;
}

static int fails(enum action what, int needs_room) {
  if (what == FAIL_DEVICE) {
    errno = EIO;
    return 1;
  }
  if (what == FAIL_SPACE || (what == FULL && needs_room)) {
    errno = ENOSPC;
    return 1;
  }
  return 0;
}

#define REAL(result, name, ...)                                \
  static result (*real)(__VA_ARGS__);                          \
  if (real == NULL) real = (result(*)(__VA_ARGS__))dlsym(RTLD_NEXT, name)

/* A call that writes `size` bytes; `half` is the same call for half of them. */
#define WRITING(call, file, size, whole, half)                             \
  char path[PATH_MAX];                                                     \
  if (!concerns_file(file, path)) return whole;                            \
  enum action what = next_change(call, path, 1);                           \
  if (fails(what, 1)) return -1;                                           \
  if ((what == KILL_TORN || what == SHORT) && (size) > 1) {                \
    ssize_t written = half;                                                \
    if (what == KILL_TORN) die();                                          \
    return written;                                                        \
  }                                                                        \
  ssize_t done = whole;                                                    \
  if (what == KILL_AFTER || what == KILL_TORN) die();                      \
  return done

/* Any other call. */
#define CHANGING(call, concerns, needs_room, whole)                        \
  char path[PATH_MAX];                                                     \
  if (!(concerns)) return whole;                                           \
  enum action what = next_change(call, path, needs_room);                  \
  if (fails(what, needs_room)) return -1;                                  \
  int done = whole;                                                        \
  if (what == KILL_AFTER || what == KILL_TORN) die();                      \
  return done

ssize_t write(int file, const void *bytes, size_t size) {
  REAL(ssize_t, "write", int, const void *, size_t);
  WRITING("write", file, size, real(file, bytes, size), real(file, bytes, size / 2));
}

ssize_t pwrite(int file, const void *bytes, size_t size, off_t offset) {
  REAL(ssize_t, "pwrite", int, const void *, size_t, off_t);
  WRITING("pwrite", file, size, real(file, bytes, size, offset), real(file, bytes, size / 2, offset));
}

ssize_t pwrite64(int file, const void *bytes, size_t size, off64_t offset) {
  REAL(ssize_t, "pwrite64", int, const void *, size_t, off64_t);
  WRITING("pwrite64", file, size, real(file, bytes, size, offset), real(file, bytes, size / 2, offset));
}

/* Of several parts, half is the first part's first half. */
ssize_t writev(int file, const struct iovec *parts, int count) {
  REAL(ssize_t, "writev", int, const struct iovec *, int);
  WRITING("writev", file, count > 0 ? parts[0].iov_len : 0, real(file, parts, count),
          write(file, parts[0].iov_base, parts[0].iov_len / 2));
}

ssize_t pwritev(int file, const struct iovec *parts, int count, off_t offset) {
  REAL(ssize_t, "pwritev", int, const struct iovec *, int, off_t);
  WRITING("pwritev", file, count > 0 ? parts[0].iov_len : 0, real(file, parts, count, offset),
          pwrite(file, parts[0].iov_base, parts[0].iov_len / 2, offset));
}

int fsync(int file) {
  REAL(int, "fsync", int);
  CHANGING("fsync", concerns_file(file, path), 1, real(file));
}

int fdatasync(int file) {
  REAL(int, "fdatasync", int);
  CHANGING("fdatasync", concerns_file(file, path), 1, real(file));
}

int ftruncate(int file, off_t size) {
  REAL(int, "ftruncate", int, off_t);
  CHANGING("ftruncate", concerns_file(file, path), 1, real(file, size));
}

int ftruncate64(int file, off64_t size) {
  REAL(int, "ftruncate64", int, off64_t);
  CHANGING("ftruncate64", concerns_file(file, path), 1, real(file, size));
}

int rename(const char *from, const char *to) {
  REAL(int, "rename", const char *, const char *);
  CHANGING("rename", concerns_path(to, path), 1, real(from, to));
}

int link(const char *from, const char *to) {
  REAL(int, "link", const char *, const char *);
  CHANGING("link", concerns_path(to, path), 1, real(from, to));
}

int unlink(const char *name) {
  REAL(int, "unlink", const char *);
  CHANGING("unlink", concerns_path(name, path), 0, real(name));
}

int mkdir(const char *name, mode_t mode) {
  REAL(int, "mkdir", const char *, mode_t);
  CHANGING("mkdir", concerns_path(name, path), 1, real(name, mode));
}
