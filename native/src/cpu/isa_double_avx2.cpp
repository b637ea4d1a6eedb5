#define TENAS_ISA isa_double_avx2
#include "cpu/engine_impl.hpp"
#include "cpu/isa.hpp"

namespace tenas::engine {

std::unique_ptr<Engine> make_engine_double_avx2(const Plan& plan) {
  return std::make_unique<isa_double_avx2::LaneEngine<isa_double_avx2::Lanes<double, 4, 16>>>(plan);
}

}  // namespace tenas::engine
