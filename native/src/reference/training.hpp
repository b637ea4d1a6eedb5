// Training written out plainly, in double: what the fast engine's training is tested against.
#pragma once

#include <memory>

#include "graph/graph.hpp"
#include "train/labelling.hpp"
#include "train/training.hpp"

namespace tenas::reference {

/// A network in training; the graph must outlive it. Every call runs on the calling thread.
std::unique_ptr<Training> make_training(const Graph& graph, TrainingSettings settings, TrainingState state,
                                        const Labelling& labelling = {});

}  // namespace tenas::reference
