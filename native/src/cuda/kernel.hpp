// The parts of every device kernel: the lane type, the thread that runs, and the tensors of one
// evaluation.
//
// A kernel is a struct with a `Step` (what to do, for one candidate), `kThreads`, `kShared` (bytes),
// `kPhases`, a `State` that a thread keeps from phase to phase, `blocks(step)`, and `run<Phase>`. All threads
// of a block pass a barrier between phases. The CUDA launcher (launch.cuh) and the host executor of the tests
// run the same bodies.
#pragma once

#define TENAS_ISA isa_cuda
#include "kernels/lanes.hpp"
#include "plan/plan.hpp"

namespace tenas::cuda {

/// One lane of a warp: the warp is the vector, each thread holds one element. Pointers come with the lane
/// added.
struct WarpLane {
  using T = float;
  using V = float;
  using Int = int32_t;
  using I = int32_t;
  using D = double;
  static constexpr int width = 32;

  static TENAS_INLINE V load(const T* p) { return *p; }
  static TENAS_INLINE void store(T* p, V v) { *p = v; }
  static TENAS_INLINE V zero() { return 0; }
  static TENAS_INLINE V set(T s) { return s; }
  static TENAS_INLINE V rectify(V v) { return v > 0 ? v : 0; }
  static TENAS_INLINE V where_positive(V gate, V v) { return gate > 0 ? v : 0; }
  static TENAS_INLINE I positive(V v) { return v > 0 ? -1 : 0; }
  static TENAS_INLINE D widen(V v) { return v; }
  static TENAS_INLINE V narrow(D d) { return static_cast<V>(d); }
  static TENAS_INLINE I bits(V v) {
    I i;
    memcpy(&i, &v, sizeof(i));
    return i;
  }
  static TENAS_INLINE V from_bits(I i) {
    V v;
    memcpy(&v, &i, sizeof(v));
    return v;
  }
};

constexpr int32_t kLanes = WarpLane::width;
using LaneAccess = engine::isa_cuda::LaneAccess<WarpLane>;
using BroadcastAccess = engine::isa_cuda::BroadcastAccess<WarpLane>;

/// A thread of a launch; `block` counts along x, the blocks of one step and item.
struct Thread {
  int32_t index = 0;
  int32_t block = 0;
  TENAS_HD int32_t lane() const { return index % kLanes; }
  TENAS_HD int32_t warp() const { return index / kLanes; }
};

/// Memory areas of an item; a tensor lies in one of them.
enum class Area : int32_t {
  kInput,
  kActivations,
  kSampleMajor,
  kGradients,
  kLogits,
  kInputGradient,
  kFactors,  // of drop path and dropout
  kCount
};

/// Where one evaluation (and one block of output directions) has its memory.
struct Item {
  float* areas[static_cast<int>(Area::kCount)] = {};
  const float* inputs = nullptr;  // as given, [sample][c][h][w]
  float* plain = nullptr;         // parameters
  float* packed = nullptr;        // convolution weights in the order of the kernels
  double* norms = nullptr;        // [channel][mean, factor, shift, inverse deviation]
  float* sample_norms = nullptr;  // [channel][mean, factor, inverse deviation][sample]
  double* sums = nullptr;         // sums of the backward pass through the statistics
  double* parts = nullptr;        // parts of the gradient by parameters, see PartSum
  double* gradient = nullptr;     // by parameters
  double* tensor_sums = nullptr;  // [parameter tensor][kGradientSums]
  double* squares = nullptr;      // sums of squares of the gradient
  double* values = nullptr;       // parameters in training, as the optimiser keeps them
  double* first = nullptr;        // its moments
  double* second = nullptr;
  double* coefficients = nullptr;  // shares of the gradient by mixing coefficients
  float* jacobian = nullptr;       // [row][direction]
  double* gram_parts = nullptr;    // [part][direction][direction]
  double* gram = nullptr;          // [sample][sample]
  uint32_t* signatures = nullptr;  // [four words, active neurons][sample]
  uint64_t seed = 0;
  uint32_t repeat = 0;
  int32_t direction_block = 0;

  TENAS_HD float*& area(Area which) { return areas[static_cast<int>(which)]; }
  TENAS_HD float* area(Area which) const { return areas[static_cast<int>(which)]; }
};

/// Tables that all steps of a launch share.
struct Tables {
  const int32_t* columns = nullptr;       // displacements of convolutions
  const int32_t* pack_sources = nullptr;  // parameter index of every packed weight
  const int32_t* channels = nullptr;      // of SelectChannels
  const uint32_t* keys = nullptr;         // of neurons, four words each
  const void* terms = nullptr;            // summands of Combine
};

/// A tensor of `unit`s (blocks of samples, or samples); `offset` leads to pixel (0, 0) of channel 0 of unit
/// 0.
struct Tensor {
  Area area = Area::kActivations;
  int64_t offset = 0, unit = 0;  // in values
  int64_t channel = 0, row = 0;  // in pixels
};

/// Pixel (0, 0) of a channel, for this thread's lane.
template <class A>
TENAS_INLINE float* plane(const Item& item, const Tensor& tensor, int64_t unit, int64_t channel,
                          int32_t lane) {
  return item.area(tensor.area) + tensor.offset + unit * tensor.unit + channel * tensor.channel * A::stride +
         (A::stride == 1 ? 0 : lane);
}

/// Channels x rows of all units, a warp for each: most kernels are laid out like this.
struct Rows {
  int32_t units = 0, channels = 0, rows = 0;
  TENAS_HD int64_t count() const { return int64_t{units} * channels * rows; }
};
struct RowOf {
  int32_t unit, channel, row;
  TENAS_HD RowOf(const Rows& rows, int64_t index)
      : unit(static_cast<int32_t>(index / rows.rows / rows.channels)),
        channel(static_cast<int32_t>(index / rows.rows % rows.channels)),
        row(static_cast<int32_t>(index % rows.rows)) {}
};

/// The first pixel of a row, for this thread's lane.
template <class A>
TENAS_INLINE float* row_start(const Item& item, const Tensor& tensor, const RowOf& at, int32_t lane) {
  return plane<A>(item, tensor, at.unit, at.channel, lane) + at.row * tensor.row * A::stride;
}

/// A sample's factor of drop path, which lie from `path` on; 1 if that is -1.
TENAS_HD inline float kept(const Item& item, int64_t path, int64_t unit, int32_t lane) {
  return path < 0 ? 1.0f : item.area(Area::kFactors)[path + unit * kLanes + lane];
}

struct NoState {};

/// The sum of what the threads of a block laid down in shared memory, in their order.
TENAS_HD inline double sum_of_threads(const double* parts, int32_t threads) {
  double sum = 0;
  for (int32_t i = 0; i < threads; ++i) sum += parts[i];
  return sum;
}

/// Base of kernels whose warps are independent of one another: each does a part of the step by itself,
/// without a barrier.
template <class StepType>
struct WarpKernel {
  using Step = StepType;
  using State = NoState;
  static constexpr int32_t kThreads = 128, kPhases = 1;
  static constexpr size_t kShared = 0;
  static constexpr int32_t kWarps = kThreads / kLanes;
  static int64_t blocks(const Step& step) { return (step.warps() + kWarps - 1) / kWarps; }
  static TENAS_HD int64_t warp_of(const Thread& thread) {
    return int64_t{thread.block} * kWarps + thread.warp();
  }
};

}  // namespace tenas::cuda
