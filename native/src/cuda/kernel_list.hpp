// All device kernels: one list for the CUDA launcher, the host executor and the tapes.
#pragma once

#include "cuda/kernels/activation.hpp"
#include "cuda/kernels/batch_norm.hpp"
#include "cuda/kernels/combine.hpp"
#include "cuda/kernels/convolution.hpp"
#include "cuda/kernels/copy.hpp"
#include "cuda/kernels/dropout.hpp"
#include "cuda/kernels/gradient.hpp"
#include "cuda/kernels/gram.hpp"
#include "cuda/kernels/pooling.hpp"
#include "cuda/kernels/prepare.hpp"
#include "cuda/kernels/sample_norm.hpp"
#include "cuda/kernels/scale.hpp"
#include "cuda/kernels/selection.hpp"
#include "cuda/kernels/signature.hpp"
#include "cuda/kernels/statistics.hpp"
#include "cuda/kernels/sums.hpp"
#include "cuda/kernels/update.hpp"
#include "cuda/kernels/weight_gradient.hpp"

namespace tenas::cuda {

template <class... K>
struct KernelList {
  static constexpr size_t size = sizeof...(K);
  /// Position of a kernel in the list.
  template <class Wanted>
  static constexpr size_t index() {
    size_t found = 0, i = 0;
    ((std::is_same_v<Wanted, K> ? found = i++ : i++), ...);
    return found;
  }
  template <template <class> class Holder>
  using Tuple = std::tuple<Holder<K>...>;
};

using Kernels = KernelList<
    PackInputs, GenerateWeights, PackWeights, Convolution, Statistics, SampleStatistics, Combine, Copy,
    AveragePool, MaxPool, GlobalAverage, Activate, ScaleChannels<LaneAccess>, ScaleChannels<BroadcastAccess>,
    SelectChannels, DropValues, Signature, Start, BatchNormSums<LaneAccess>, BatchNormSums<BroadcastAccess>,
    BatchNormApply<LaneAccess>, BatchNormApply<BroadcastAccess>, BatchNormConstant, BatchNormSample,
    WeightGradient<LaneAccess>, WeightGradient<BroadcastAccess>, WeightSum, RectifyGradient<LaneAccess>,
    RectifyGradient<BroadcastAccess>, AverageSpread, AverageGather, MaxPoolGradient<LaneAccess>,
    MaxPoolGradient<BroadcastAccess>, ActivationGradient<LaneAccess>, ActivationGradient<BroadcastAccess>,
    FactorGradient<LaneAccess>, FactorGradient<BroadcastAccess>, ChannelSum, CoefficientSum, PartSum,
    TensorSum, SampleMajor, GramPart, GramSum, SquareSums, Update>;

/// A step together with the first of the items that it is for.
template <class K>
struct Work {
  int32_t first_item = 0;
  typename K::Step step;
};

}  // namespace tenas::cuda
