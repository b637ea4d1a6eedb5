// Entry points of the instruction sets compiled into this build.
#pragma once

#include <memory>

#include "cpu/engine.hpp"

namespace tenas::engine {

std::unique_ptr<Engine> make_engine_generic(const Plan& plan);  // 4 lanes: SSE2 on x86-64, NEON on arm64
std::unique_ptr<Engine> make_engine_avx2(const Plan& plan);     // 8 lanes, with FMA
std::unique_ptr<Engine> make_engine_avx512(const Plan& plan);   // 16 lanes, 32 registers
std::unique_ptr<Engine> make_engine_double(const Plan& plan);   // 4 lanes of double
std::unique_ptr<Engine> make_engine_double_avx2(const Plan& plan);

}  // namespace tenas::engine
