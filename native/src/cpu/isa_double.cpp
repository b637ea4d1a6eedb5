#define TENAS_ISA isa_double
#include "cpu/engine_impl.hpp"
#include "cpu/isa.hpp"

namespace tenas::engine {

std::unique_ptr<Engine> make_engine_double(const Plan& plan) {
  return std::make_unique<isa_double::LaneEngine<isa_double::Lanes<double, 4, 16>>>(plan);
}

}  // namespace tenas::engine
