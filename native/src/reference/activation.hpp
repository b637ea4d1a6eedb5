// Activation functions and their derivatives, straight from their formulas.
#pragma once

#include <cmath>

#include "graph/graph.hpp"

namespace tenas::reference {

template <class S>
S sigmoid(S x) {
  using std::exp;
  return 1 / (1 + exp(-x));
}

template <class S>
S activation(Activation function, S x) {
  switch (function) {
    case Activation::kRelu6:
      return x > 0 ? (x < 6 ? x : S(6)) : S(0);
    case Activation::kHardSwish:
      return x * activation(Activation::kHardSigmoid, x);
    case Activation::kHardSigmoid:
      return activation(Activation::kRelu6, x + 3) / 6;
    case Activation::kSigmoid:
      return sigmoid(x);
    case Activation::kSwish:
      return x * sigmoid(x);
  }
  return x;
}

/// 0 where ReLU6 and the hard sigmoid bend; hard swish's derivatives there are those to the outside.
template <class S>
S activation_derivative(Activation function, S x) {
  switch (function) {
    case Activation::kRelu6:
      return x > 0 && x < 6 ? 1 : 0;
    case Activation::kHardSwish:
      return x <= -3 ? S(0) : x >= 3 ? S(1) : x / 3 + 0.5;
    case Activation::kHardSigmoid:
      return x > -3 && x < 3 ? 1.0 / 6 : 0;
    case Activation::kSigmoid:
      return sigmoid(x) * (1 - sigmoid(x));
    case Activation::kSwish:
      return sigmoid(x) * (1 + x * (1 - sigmoid(x)));
  }
  return 1;
}

}  // namespace tenas::reference
