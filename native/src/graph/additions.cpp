#include "graph/additions.hpp"

#include <algorithm>
#include <string>

#include "base/error.hpp"

namespace tenas {
namespace {

/// Whether a node's values are stored as it computes them: not so with batch norms and mixes, which their
/// readers apply, nor with ReLUs, which are computed once for equal inputs.
bool writes_its_output(Op op) {
  return op != Op::kInput && op != Op::kBatchNorm && op != Op::kMix && op != Op::kRelu && op != Op::kConcat;
}

bool only_joined(const Graph& graph, int32_t id) {
  return std::all_of(graph.nodes.begin(), graph.nodes.end(), [id](const Node& node) {
    return node.op == Op::kMix || node.op == Op::kConcat ||
           std::find(node.inputs.begin(), node.inputs.end(), id) == node.inputs.end();
  });
}

class Checker {
 public:
  explicit Checker(const Graph& graph) : graph_(graph), taken_(graph.nodes.size(), false) {
    taken_[graph.output] = true;
  }

  template <class Fits>
  void check(const char* list, const std::vector<int32_t>& nodes, const char* wanted, const Fits& fits) {
    for (size_t i = 0; i < nodes.size(); ++i) {
      const int32_t id = nodes[i];
      const bool exists = id >= 0 && id < std::ssize(graph_.nodes);
      if (!exists || taken_[id] || !fits(id)) {
        throw Error("REQUEST_INVALID", std::string(list) + "[" + std::to_string(i) + "] is node " +
                                           std::to_string(id) + "; it must be " + wanted +
                                           ", neither the output nor named before");
      }
      taken_[id] = true;
    }
  }

 private:
  const Graph& graph_;
  std::vector<bool> taken_;
};

}  // namespace

void check_additions(const Graph& graph, const Additions& additions) {
  Checker checker(graph);
  checker.check(
      "heads", additions.heads, "a linear layer with as many outputs as the network", [&](int32_t id) {
        return graph.nodes[id].op == Op::kLinear && graph.nodes[id].shape == graph.nodes[graph.output].shape;
      });
  checker.check("dropPath", additions.drop_path, "a node that mixes and concats alone read",
                [&](int32_t id) { return graph.nodes[id].op != Op::kInput && only_joined(graph, id); });
  checker.check("dropout", additions.dropout, "no input, batch norm, ReLU, mix or concat",
                [&](int32_t id) { return writes_its_output(graph.nodes[id].op); });
}

}  // namespace tenas
