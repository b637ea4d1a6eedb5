// Drives a target where there is no libFuzzer: reads the given files and folders of files, then -runs=N
// inputs, each a function of -seed=S and its number from -first=F on. The input that fails is written to
// -artifact_prefix=PREFIX plus "crash". Names of options as libFuzzer has them.
#include <dirent.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <unistd.h>

#include <algorithm>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <iterator>
#include <optional>
#include <string_view>

#include "fuzz/target.hpp"

extern "C" void __sanitizer_set_death_callback(void (*callback)()) __attribute__((weak));

using namespace tenas;

namespace {

/// Processor time that an input may take: what else runs on the machine does not count.
constexpr int kMostSeconds = 60;

std::string artifact = "crash";
std::vector<uint8_t> current;

/// Safe in a signal handler.
void keep_current() {
  const int file = open(artifact.c_str(), O_WRONLY | O_CREAT | O_TRUNC, 0644);
  if (file < 0) return;
  if (write(file, current.data(), current.size()) < 0) _exit(1);
  close(file);
}

void too_slow(int) {
  constexpr std::string_view message = "failure: an input took too much processor time\n";
  keep_current();
  if (write(STDERR_FILENO, message.data(), message.size()) < 0) _exit(1);
  _exit(1);
}

void run(std::vector<uint8_t> input) {
  current = std::move(input);
  const itimerval limit{{0, 0}, {kMostSeconds, 0}};
  setitimer(ITIMER_PROF, &limit, nullptr);
  LLVMFuzzerTestOneInput(current.data(), current.size());
}

std::vector<uint8_t> bytes_of(const fuzz::Words& words) {
  const auto* first = reinterpret_cast<const uint8_t*>(words.data());
  return {first, first + words.size() * sizeof(int32_t)};
}

bool run_file(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  if (!file) {
    std::fprintf(stderr, "%s cannot be read\n", path.c_str());
    return false;
  }
  run({std::istreambuf_iterator<char>(file), {}});
  return true;
}

std::vector<std::string> files_at(const std::string& path) {
  DIR* folder = opendir(path.c_str());
  if (folder == nullptr) return {path};
  std::vector<std::string> files;
  while (const dirent* entry = readdir(folder)) {
    if (entry->d_name[0] != '.') files.push_back(path + "/" + entry->d_name);
  }
  closedir(folder);
  std::sort(files.begin(), files.end());
  return files;
}

/// The value of an option "-NAME=VALUE".
std::optional<std::string> option(std::string_view argument, std::string_view name) {
  const std::string begin = "-" + std::string(name) + "=";
  if (!argument.starts_with(begin)) return std::nullopt;
  return std::string(argument.substr(begin.size()));
}

}  // namespace

int main(int count, char** arguments) {
  int64_t runs = 0, first = 0;
  uint64_t seed = 0;
  std::vector<std::string> files;
  for (int i = 1; i < count; ++i) {
    const std::string argument = arguments[i];
    if (const auto value = option(argument, "runs")) {
      runs = std::atoll(value->c_str());
    } else if (const auto value = option(argument, "first")) {
      first = std::atoll(value->c_str());
    } else if (const auto value = option(argument, "seed")) {
      seed = std::strtoull(value->c_str(), nullptr, 10);
    } else if (const auto value = option(argument, "artifact_prefix")) {
      artifact = *value + "crash";
    } else if (argument.starts_with("-")) {
      std::fprintf(stderr, "unknown option %s\n", argument.c_str());
      return 2;
    } else {
      const auto found = files_at(argument);
      files.insert(files.end(), found.begin(), found.end());
    }
  }
  if (__sanitizer_set_death_callback != nullptr) __sanitizer_set_death_callback(keep_current);
  std::signal(SIGPROF, too_slow);
  for (const std::string& file : files) {
    if (!run_file(file)) return 2;
  }
  for (int64_t number = first; number < first + runs; ++number) {
    test::Random random(seed * 0x9e3779b97f4a7c15 + static_cast<uint64_t>(number));
    const fuzz::Words whole = fuzz::sample(random);
    run(bytes_of(fuzz::mutated(whole, random)));
  }
  std::printf("%lld inputs\n", static_cast<long long>(std::ssize(files) + runs));
  return 0;
}
