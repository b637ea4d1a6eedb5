#define TENAS_ISA isa_avx512
#include "cpu/engine_impl.hpp"
#include "cpu/isa.hpp"

namespace tenas::engine {

std::unique_ptr<Engine> make_engine_avx512(const Plan& plan) {
  return std::make_unique<isa_avx512::LaneEngine<isa_avx512::Lanes<float, 16, 32>>>(plan);
}

}  // namespace tenas::engine
