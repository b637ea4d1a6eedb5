// The tasks that look inside a network, on the reference engine.
#pragma once

#include "reference/reference.hpp"

namespace tenas::reference {

ChangeAnswer answer(const Problem& problem, const ChangeTask& task);
BlocksAnswer answer(const Problem& problem, const BlocksTask& task);
SaliencyAnswer answer(const Problem& problem, const SaliencyTask& task);
JacobianAnswer answer(const Problem& problem, const JacobianTask& task);
PatternsAnswer answer(const Problem& problem, const PatternsTask& task);
PixelsAnswer answer(const Problem& problem, const PixelsTask& task);
ConstantsAnswer answer(const Problem& problem, const ConstantsTask& task);
CurvatureAnswer answer(const Problem& problem, const CurvatureTask& task);

}  // namespace tenas::reference
