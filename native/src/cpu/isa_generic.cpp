#define TENAS_ISA isa_generic
#include "cpu/engine_impl.hpp"
#include "cpu/isa.hpp"

namespace tenas::engine {

std::unique_ptr<Engine> make_engine_generic(const Plan& plan) {
  return std::make_unique<isa_generic::LaneEngine<isa_generic::Lanes<float, 4, 16>>>(plan);
}

}  // namespace tenas::engine
