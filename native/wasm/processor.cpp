// WebAssembly does not say which processor runs it.
#include "runtime/processor.hpp"

namespace tenas {

int current_processor() {
  return -1;
}

void leave_processor(int) {}

}  // namespace tenas
