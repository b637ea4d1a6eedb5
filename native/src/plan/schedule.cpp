#include "plan/schedule.hpp"

#include <algorithm>

#include "plan/pool.hpp"

namespace tenas::engine {
namespace {

/// Where a tensor's gradient lives while the backward pass runs.
enum class Residence {
  kNone,     // not needed
  kUnit,     // scratch of one unit: read once, by an op of the same chain
  kAlias,    // scale * a channel range of another node's gradient: the single reader is a mix or concat
  kBuffered  // a buffer over all units
};

struct Gradient {
  Residence residence = Residence::kNone;
  int32_t target = -1;  // kAlias, kBuffered: the node whose buffer holds it
  double scale = 1;
  int32_t channel = 0;
};

struct Reader {
  int32_t node = -1;
  double scale = 1;
  int32_t channel = 0;
  int32_t drop_path = -1;
};

/// By node id: its place in a list, or -1; empty for an empty list.
std::vector<int32_t> places_in(const std::vector<int32_t>& list, size_t nodes) {
  std::vector<int32_t> places(list.empty() ? 0 : nodes, -1);
  for (int32_t i = 0; i < std::ssize(list); ++i) places[list[i]] = i;
  return places;
}

Schedule schedule_nodes(const Plan& plan, const std::vector<bool>& live, const Additions& additions) {
  const Graph& graph = plan.graph;
  Schedule schedule;
  schedule.drop_path = places_in(additions.drop_path, graph.nodes.size());
  schedule.dropout = places_in(additions.dropout, graph.nodes.size());
  schedule.runs.assign(graph.nodes.size(), false);
  schedule.relu_copies.assign(graph.nodes.size(), 0);
  for (size_t v = 0; v < graph.nodes.size(); ++v) {
    if (!live[v]) continue;
    const int32_t canonical = plan.nodes[v].canonical;
    schedule.runs[canonical] = true;
    if (has_neurons(graph.nodes[v])) {
      ++schedule.relu_copies[canonical];
      schedule.neurons += graph.nodes[v].shape.size();
    }
  }
  for (int32_t v = 0; v < std::ssize(graph.nodes); ++v) {
    if (schedule.runs[v]) schedule.forward.push_back(v);
  }
  return schedule;
}

/// The nodes that a backward pass starts from and the one that it ends at, whose gradient stays in its
/// buffer; `live` is what the former depend on.
struct Ends {
  std::vector<int32_t> outputs;
  int32_t end = -1;
  bool is_target = false;  // the gradient by the end is wanted
  std::vector<bool> live;
};

class BackwardScheduler {
 public:
  BackwardScheduler(const Plan& plan, std::span<const double> coefficients, const Targets& targets,
                    const Additions& additions, Ends ends)
      : plan_(plan),
        graph_(plan.graph),
        coefficients_(coefficients),
        targets_(targets),
        ends_(std::move(ends)),
        schedule_(schedule_nodes(plan, ends_.live, additions)),
        is_output_(graph_.nodes.size(), false),
        is_watched_(graph_.nodes.size(), false),
        gradients_(graph_.nodes.size()),
        readers_(graph_.nodes.size()),
        aliases_(graph_.nodes.size()),
        written_(graph_.nodes.size(), false) {
    for (const int32_t output : ends_.outputs) is_output_[output] = true;
    for (const int32_t node : targets.watched) is_watched_[canonical(node)] = true;
  }

  Schedule run() {
    find_targets();
    collect_readers();
    for (int32_t v = std::ssize(graph_.nodes); v-- > 0;) place(v);
    schedule_.gradient_offset.assign(graph_.nodes.size(), -1);
    schedule_.jacobian_row.assign(graph_.params.size(), -1);
    for (int32_t v = 0; v < std::ssize(graph_.nodes); ++v) {
      if (is_output_[v] && gradients_[v].residence == Residence::kBuffered) allocate(v);
    }
    for (int32_t v = std::ssize(graph_.nodes); v-- > 0;) {
      if (gradients_[v].residence == Residence::kBuffered && (v != ends_.end || is_watched_[v])) {
        add_stage(v);
      }
    }
    schedule_.gradient_pixels = pool_.end();
    return std::move(schedule_);
  }

 private:
  int32_t canonical(int32_t node) const { return plan_.nodes[node].canonical; }
  bool needs_gradient(int32_t node) const { return schedule_.runs[node] && has_target_[node]; }
  bool is_parameter_target(int32_t param) const { return param >= 0 && targets_.parameters[param]; }
  int32_t drop_path(int32_t node) const {
    return schedule_.drop_path.empty() ? -1 : schedule_.drop_path[node];
  }
  int32_t dropout(int32_t node) const { return schedule_.dropout.empty() ? -1 : schedule_.dropout[node]; }
  bool is_coefficient_target(const Node& mix, size_t k) const {
    return targets_.coefficients && mix.slots[k] >= 0 && mix_coefficient(mix, k, coefficients_) != 0;
  }

  /// Which nodes have a target at them or anywhere below.
  void find_targets() {
    has_target_.assign(graph_.nodes.size(), false);
    for (int32_t v = 0; v < std::ssize(graph_.nodes); ++v) {
      const Node& node = graph_.nodes[v];
      bool found = is_parameter_target(node.weight) || is_parameter_target(node.bias) ||
                   is_watched_[canonical(v)] || (ends_.is_target && canonical(v) == ends_.end);
      for (size_t k = 0; k < node.inputs.size(); ++k) {
        if (has_target_[node.inputs[k]] || (node.op == Op::kMix && is_coefficient_target(node, k))) {
          found = true;
        }
      }
      has_target_[v] = found;
    }
  }

  void collect_readers() {
    for (const int32_t v : schedule_.forward) {
      const Node& node = graph_.nodes[v];
      int32_t channel = 0;
      for (size_t k = 0; k < node.inputs.size(); ++k) {
        const int32_t u = canonical(node.inputs[k]);
        double scale = 1;
        if (node.op == Op::kMix) scale = mix_coefficient(node, k, coefficients_);
        if (scale != 0) readers_[u].push_back({v, scale, channel, drop_path(node.inputs[k])});
        if (node.op == Op::kConcat) channel += graph_.nodes[u].shape.c;
      }
    }
  }

  void place(int32_t v) {
    Gradient& gradient = gradients_[v];
    if (!needs_gradient(v)) return;
    const auto& readers = readers_[v];
    // Factors by sample take a copy of the mix's gradient, dropout and observers one that is complete.
    if (!is_output_[v] && !is_watched_[v] && v != ends_.end && dropout(v) < 0 && readers.size() == 1 &&
        readers[0].drop_path < 0) {
      const Reader& reader = readers[0];
      const Op reader_op = graph_.nodes[reader.node].op;
      if (reader_op == Op::kMix || reader_op == Op::kConcat) {
        const Gradient& above = gradients_[reader.node];
        gradient = {Residence::kAlias, above.target, above.scale * reader.scale,
                    above.channel + reader.channel};
        aliases_[above.target].push_back(v);
        return;
      }
      // Batch norm reduces over the whole batch before it can go on; mix and concat serve their aliases,
      // scale two chains.
      const Op op = graph_.nodes[v].op;
      if (op != Op::kBatchNorm && op != Op::kMix && op != Op::kConcat && op != Op::kScale) {
        gradient.residence = Residence::kUnit;
        return;
      }
    }
    gradient = {Residence::kBuffered, v, 1, 0};
  }

  void allocate(int32_t node) {
    schedule_.gradient_offset[node] = pool_.take(graph_.nodes[node].shape.size());
    written_[node] = true;
  }

  /// Marks the chain's destination as written and says whether the chain adds to it.
  void finish(Chain& chain, int32_t destination) {
    chain.destination = destination;
    chain.accumulate = written_[destination];
    if (!chain.accumulate) allocate(destination);
  }

  void claim_row(int32_t param) {
    if (!is_parameter_target(param) || schedule_.jacobian_row[param] >= 0) return;
    schedule_.jacobian_row[param] = schedule_.jacobian_rows;
    schedule_.jacobian_rows += graph_.params[param].size;
  }

  void add_chains(BackwardStage& stage, int32_t root, double scale, int32_t channel) {
    const Node& node = graph_.nodes[root];
    if (node.op == Op::kMix || node.op == Op::kConcat) {
      int32_t part = 0;
      for (size_t k = 0; k < node.inputs.size(); ++k) {
        const int32_t u = canonical(node.inputs[k]);
        const int32_t first = channel + part;
        if (node.op == Op::kConcat) part += graph_.nodes[u].shape.c;
        const double factor = node.op == Op::kMix ? mix_coefficient(node, k, coefficients_) : 1.0;
        if (node.op == Op::kMix && is_coefficient_target(node, k)) {
          stage.coefficients.push_back({node.slots[k], scale, first, u, drop_path(node.inputs[k])});
        }
        if (factor == 0 || gradients_[u].residence != Residence::kBuffered) continue;
        Chain chain;
        chain.scale = scale * factor;
        chain.channel = first;
        chain.root = graph_.nodes[u].shape;
        chain.drop_path = drop_path(node.inputs[k]);
        finish(chain, u);
        stage.chains.push_back(std::move(chain));
      }
      return;
    }
    if (node.op == Op::kInput) return;
    for (int32_t branch = 0; branch < std::ssize(node.inputs); ++branch) {
      const bool scales = node.op == Op::kScale;
      if (scales && !needs_gradient(canonical(node.inputs[branch]))) continue;
      Chain chain;
      chain.scale = scale;
      chain.channel = channel;
      chain.root = node.shape;
      chain.branch = branch;
      for (int32_t v = root;;) {
        chain.ops.push_back(v);
        claim_row(graph_.nodes[v].weight);
        claim_row(graph_.nodes[v].bias);
        const int32_t u = canonical(graph_.nodes[v].inputs[v == root ? branch : 0]);
        const Residence below = gradients_[u].residence;
        if (below == Residence::kBuffered) finish(chain, u);
        if (below != Residence::kUnit) break;
        v = u;
      }
      stage.chains.push_back(std::move(chain));
    }
  }

  bool is_batch_norm(int32_t node) const { return graph_.nodes[node].op == Op::kBatchNorm; }

  void add_stage(int32_t node) {
    if (!written_[node]) return;  // nothing reached it
    BackwardStage stage;
    stage.node = node;
    stage.dropout = dropout(node);
    stage.watched = is_watched_[node];
    const auto& aliases = aliases_[node];
    stage.joins =
        !schedule_.stages.empty() && !is_batch_norm(node) &&
        std::none_of(aliases.begin(), aliases.end(), [&](int32_t alias) { return is_batch_norm(alias); });
    stage.jacobian_begin = schedule_.jacobian_rows;
    add_chains(stage, node, 1, 0);
    for (const int32_t alias : aliases) {
      add_chains(stage, alias, gradients_[alias].scale, gradients_[alias].channel);
    }
    stage.jacobian_end = schedule_.jacobian_rows;
    schedule_.stages.push_back(std::move(stage));
    pool_.give(schedule_.gradient_offset[node], graph_.nodes[node].shape.size());
  }

  const Plan& plan_;
  const Graph& graph_;
  std::span<const double> coefficients_;
  const Targets& targets_;
  const Ends ends_;
  std::vector<bool> has_target_;
  Schedule schedule_;
  std::vector<bool> is_output_, is_watched_;
  std::vector<Gradient> gradients_;
  std::vector<std::vector<Reader>> readers_;
  std::vector<std::vector<int32_t>> aliases_;
  std::vector<bool> written_;
  Pool pool_;
};

}  // namespace

std::vector<std::span<const BackwardStage>> joined_stages(const Schedule& schedule) {
  std::vector<std::span<const BackwardStage>> groups;
  const std::span stages(schedule.stages);
  for (size_t first = 0, end = 0; first < stages.size(); first = end) {
    end = first + 1;
    while (end < stages.size() && stages[end].joins) ++end;
    groups.push_back(stages.subspan(first, end - first));
  }
  return groups;
}

Targets targets_of(const Graph& graph, const GradientTask& task) {
  Targets made;
  made.parameters = task.of.parameters
                        ? trainable_parameters(graph, task.statistics != GradientStatistics::kNone)
                        : ParameterSet(graph.params.size(), false);
  made.coefficients = task.of.coefficients;
  made.input = task.of.input;
  return made;
}

Schedule schedule_forward(const Plan& plan, std::span<const double> coefficients,
                          const Additions& additions) {
  return schedule_nodes(plan, executed_nodes(plan.graph, coefficients, additions.heads), additions);
}

Schedule schedule_backward(const Plan& plan, std::span<const double> coefficients, const Targets& targets,
                           const Additions& additions) {
  Ends ends{{plan.nodes[plan.graph.output].canonical},
            plan.graph.input,
            targets.input,
            contributing_nodes(plan.graph, coefficients, additions.heads)};
  ends.outputs.insert(ends.outputs.end(), additions.heads.begin(), additions.heads.end());
  return BackwardScheduler(plan, coefficients, targets, additions, std::move(ends)).run();
}

Schedule schedule_block(const Plan& plan, std::span<const double> coefficients, int32_t from, int32_t to) {
  const Targets none{ParameterSet(plan.graph.params.size(), false)};
  Ends ends{{to}, from, true, nodes_below(plan.graph, coefficients, to)};
  return BackwardScheduler(plan, coefficients, none, {}, std::move(ends)).run();
}

}  // namespace tenas::engine
