// Memory that a backward pass reads and writes: activations, gradient buffers, and where gradients by
// parameters go.
#pragma once

#include <span>
#include <type_traits>
#include <vector>

#include "cpu/forward_pass.hpp"
#include "kernels/lane_sums.hpp"

namespace tenas::engine::TENAS_ISA {

/// Sees gradients by the outputs of nodes as soon as they are complete.
template <class T>
class GradientObserver {
 public:
  virtual ~GradientObserver() = default;
  /// `gradient` is [c][h][w][lane] of one unit.
  virtual void see(int32_t node, int32_t unit, const T* gradient) = 0;
};

/// The inputs and buffers of one backward pass. L is the lane type of the forward pass.
template <class L>
struct BackwardArgs {
  using T = typename L::T;
  const Plan* plan = nullptr;
  const Schedule* schedule = nullptr;
  const PreparedRepeat<L>* prepared = nullptr;
  const ForwardPass<L>* forward = nullptr;
  const LaneFactors<L>* factors = nullptr;  // where the schedule has some
  int32_t output = -1;                      // the node that the pass starts from; -1: the network's output
  /// The gradient by the outputs, [batch][output values]; empty: 1 for every output of a lane's own sample.
  std::span<const double> output_gradient;
  GradientObserver<T>* observer = nullptr;  // where the schedule watches nodes
  /// [row][jacobian_stride], zeroed by the caller; row 0 is `first_row` of the schedule.
  T* jacobian = nullptr;
  int64_t jacobian_stride = 0;
  int64_t first_row = 0;
  /// Of the weights of convolutions and linear layers the first value alone is wanted; rows of others stay as
  /// they are.
  bool first_weights = false;
  const T* sample_major = nullptr;     // lanes are directions: one sample after the other
  int32_t first_direction = 0;         // lanes are directions: the first of them
  double* parameter_sums = nullptr;    // ParameterSums: [parameter values]
  double* coefficient_sums = nullptr;  // [slots], if the schedule reaches coefficients
};

/// Pixel (0, 0) of a stored activation of one sample in the sample-major copy.
inline int64_t sample_major_offset(const Plan& plan, int32_t node, int32_t sample, int32_t batch) {
  const NodePlan& p = plan.nodes[node];
  const int64_t first = node == plan.graph.input ? plan.arena_pixels : p.offset;
  return first * batch + sample * p.layout.size() + p.layout.origin();
}

/// Where the gradient of an operation's input goes.
template <class T>
struct GradientDestination {
  View<T> out;
  bool wanted = false, accumulate = false;
  View<const T> gate;  // of a convolution: where it is not positive, 0 comes out; or null
};

/// The channels of one group, `channels` each; null stays null.
template <int W, class Value>
View<Value> channels_of(const View<Value>& view, int32_t group, int32_t channels) {
  if (view.p == nullptr) return {};
  return {view.p + group * channels * view.channel * W, view.channel, view.row};
}

/// Gradients by parameters as a Jacobian: a row per value, a column per sample or direction.
struct JacobianRows {
  /// Column of a unit's first lane.
  template <class L, class A, class Args>
  static int64_t column(const Args& args, int32_t unit) {
    return A::stride == 1 ? args.first_direction : int64_t{unit} * L::width;
  }
  /// Adds factor * value to one value's row.
  template <class L>
  static void add(typename L::T* row, double*, const typename L::D& value, double factor) {
    for (int lane = 0; lane < L::width; ++lane) {
      row[lane] += static_cast<typename L::T>(value[lane] * factor);
    }
  }
};

/// Gradients by parameters summed over the samples: weights of layers that do not run by Winograd's algorithm
/// in one vector of lanes per value, which all units share; everything else straight into sums of doubles.
struct ParameterSums {
  template <class L, class A, class Args>
  static int64_t column(const Args&, int32_t) {
    return 0;
  }
  template <class L>
  static void add(typename L::T*, double* sum, const typename L::D& value, double factor) {
    *sum += sum_lanes<L>(value) * factor;
  }
};

/// Access to all of it for one pass. `Forward` is the lane type of the forward pass; L may have fewer lanes
/// where they are directions.
template <class L, class A, class Sink, class Forward>
class BackwardMemory {
 public:
  using Args = BackwardArgs<Forward>;
  using T = typename L::T;
  using D = typename L::D;
  static constexpr bool kByDirection = A::stride == 1;
  static constexpr int W = L::width;

  /// Makes room for the gradients of a pass.
  void open(const Args& args) {
    args_ = &args;
    units_ = kByDirection ? args.prepared->batch : args.prepared->blocks;
    gradients_.reserve(args.schedule->gradient_pixels * units_ * W);
  }
  void use(const Args& args) { args_ = &args; }

  const Args& args() const { return *args_; }
  const Plan& plan() const { return *args_->plan; }
  const Graph& graph() const { return args_->plan->graph; }
  const Node& node(int32_t id) const { return graph().nodes[id]; }
  const NodePlan& node_plan(int32_t id) const { return plan().nodes[id]; }
  int32_t canonical(int32_t id) const { return node_plan(id).canonical; }
  const Normalisation<T>& normalisation(int32_t id) const { return args_->forward->normalisation(id); }
  /// Blocks of samples, or samples where lanes are directions.
  int32_t units() const { return units_; }
  /// Lanes of a unit that hold a sample or direction of the batch.
  int32_t valid_lanes(int32_t unit) const { return kByDirection ? W : args_->prepared->valid_lanes(unit); }

  /// Complete gradient of a node for one unit: [c][h][w] without halo. All buffers of a unit lie together, so
  /// that a place is reused within its unit only.
  T* buffer(int32_t id, int32_t unit) {
    const Schedule& schedule = *args_->schedule;
    return gradients_.data() + (unit * schedule.gradient_pixels + schedule.gradient_offset[id]) * W;
  }
  View<T> buffer_view(int32_t id, int32_t unit) {
    const Shape& shape = node(id).shape;
    return {buffer(id, unit), int64_t{shape.h} * shape.w, shape.w};
  }
  /// The stage's gradient from a channel on.
  View<const T> root_view(const BackwardStage& stage, int32_t channel, int32_t unit) {
    const View<T> whole = buffer_view(stage.node, unit);
    return {whole.p + channel * whole.channel * W, whole.channel, whole.row};
  }
  const T* activation(int32_t id, int32_t unit) const {
    if constexpr (kByDirection) {
      return args_->sample_major + sample_major_offset(plan(), id, unit, args_->prepared->batch);
    } else {
      return args_->forward->activation(id, unit);
    }
  }

  View<const T> activation_view(int32_t id, int32_t unit) const {
    const Layout& layout = node_plan(id).layout;
    return {activation(id, unit), layout.channel(), layout.row()};
  }

  /// Whether a parameter (or -1) is a target.
  bool is_target(int32_t param) const { return param >= 0 && args_->schedule->jacobian_row[param] >= 0; }
  /// Rows of a parameter's values, at the unit's lanes.
  T* rows(int32_t param, int32_t unit) const {
    const int64_t row = args_->schedule->jacobian_row[param] - args_->first_row;
    return args_->jacobian + row * args_->jacobian_stride + Sink::template column<L, A>(*args_, unit);
  }
  /// Sums over the samples of a parameter's values, for ParameterSums.
  double* sums(int32_t param) const {
    static_assert(std::is_same_v<Sink, ParameterSums>);
    return args_->parameter_sums + graph().params[param].offset;
  }
  /// Adds factor * value to the gradient by value `index` of a parameter, if that is a target.
  void add(int32_t param, int32_t index, int32_t unit, const D& value, double factor) const {
    if (!is_target(param)) return;
    T* row = rows(param, unit) + index * args_->jacobian_stride;
    double* sums = args_->parameter_sums;
    Sink::template add<L>(row, sums == nullptr ? nullptr : sums + graph().params[param].offset + index, value,
                          factor);
  }

 private:
  const Args* args_ = nullptr;
  int32_t units_ = 0;
  Buffer<T> gradients_;
};

}  // namespace tenas::engine::TENAS_ISA
