#include "plan/training_schedule.hpp"

#include <algorithm>
#include <utility>

namespace tenas::engine {
namespace {

std::vector<ForwardLevel> levels_of(const Plan& plan, const TrainingSchedule& schedule) {
  const Graph& graph = plan.graph;
  std::vector<size_t> level(graph.nodes.size(), 0);
  std::vector<ForwardLevel> levels;
  for (const int32_t v : schedule.executed.forward) {
    const Node& node = graph.nodes[v];
    size_t own = 0;
    for (size_t k = 0; k < node.inputs.size(); ++k) {
      if (node.op == Op::kMix && mix_coefficient(node, k, schedule.coefficients) == 0) continue;
      own = std::max(own, level[(plan.nodes[node.inputs[k]].canonical)]);
    }
    if (node.op == Op::kBatchNorm) ++own;
    level[v] = own;
    if (levels.size() <= own) levels.resize(own + 1);
    levels[own].nodes.push_back(v);
    if (node.op == Op::kBatchNorm) levels[own].norms.push_back(v);
  }
  return levels;
}

}  // namespace

TrainingSchedule::TrainingSchedule(const Plan& plan, std::span<const double> coefficients_,
                                   const Targets& targets, Additions additions_)
    : coefficients(coefficients_.begin(), coefficients_.end()),
      additions(std::move(additions_)),
      executed(schedule_forward(plan, coefficients, additions)),
      backward(schedule_backward(plan, coefficients, targets, additions)),
      levels(levels_of(plan, *this)) {
  std::vector<std::pair<int64_t, int32_t>> rows;  // of weights, with their parameter
  for (size_t v = 0; v < plan.graph.nodes.size(); ++v) {
    const Node& node = plan.graph.nodes[v];
    if (plan.nodes[v].conv < 0 || plan.convs[plan.nodes[v].conv].winograd > 0) continue;
    const int64_t row = backward.jacobian_row[node.weight];
    if (row >= 0) rows.emplace_back(row, node.weight);
  }
  std::sort(rows.begin(), rows.end());
  rows.erase(std::unique(rows.begin(), rows.end()), rows.end());
  auto next = rows.begin();
  for (const auto stages : joined_stages(backward)) {
    BackwardGroup group{stages, {}};
    for (; next != rows.end() && next->first < stages.back().jacobian_end; ++next) {
      group.weights.push_back(next->second);
    }
    largest_rows = std::max(largest_rows, jacobian_rows(stages));
    groups.push_back(std::move(group));
  }
}

}  // namespace tenas::engine
