// Functions of newer C libraries that libstdc++ asks for, for the addon that is published: it has to load
// with glibc 2.28.
#include <cerrno>
#include <cstdint>
#include <cstdlib>
#include <ctime>

#include <pthread.h>
#include <sys/random.h>

#define TENAS_INSIDE extern "C" __attribute__((visibility("hidden")))

// glibc 2.32. Shared pointers count without atomics where it is not 0.
TENAS_INSIDE char __libc_single_threaded;
char __libc_single_threaded = 0;

// glibc 2.30. Waits on the wall clock for as long as the given clock still has to run, as libstdc++ itself
// does without it.
TENAS_INSIDE int pthread_cond_clockwait(pthread_cond_t* condition, pthread_mutex_t* mutex, clockid_t clock,
                                        const timespec* until) {
  constexpr long kSecond = 1'000'000'000;
  timespec now{};
  timespec wall{};
  if (clock_gettime(clock, &now) != 0 || clock_gettime(CLOCK_REALTIME, &wall) != 0) return errno;
  timespec end{wall.tv_sec + until->tv_sec - now.tv_sec, wall.tv_nsec + until->tv_nsec - now.tv_nsec};
  while (end.tv_nsec < 0) {
    end.tv_nsec += kSecond;
    --end.tv_sec;
  }
  while (end.tv_nsec >= kSecond) {
    end.tv_nsec -= kSecond;
    ++end.tv_sec;
  }
  return pthread_cond_timedwait(condition, mutex, &end);
}

// glibc 2.36. Of std::random_device, which libstdc++ brings along.
TENAS_INSIDE uint32_t arc4random() noexcept {
  uint32_t value = 0;
  while (getrandom(&value, sizeof value, 0) != sizeof value) {
    if (errno != EINTR) std::abort();
  }
  return value;
}
