// Weighted sums with batch norm and ReLU applied on the fly: a warp for each row of each channel.
#pragma once

#include "cuda/kernel.hpp"
#include "cuda/kernels/sample_norm.hpp"
#include "kernels/combine.hpp"

namespace tenas::cuda {

/// A summand: scale * source, or scale * batch norm of source.
struct Term {
  Tensor source;
  int64_t norm = -1;  // first channel in the item's norms, or none
  double scale = 1;
  int64_t samples = 0;     // where every sample has its own statistics: samples, padded to whole warps
  int64_t drop_path = -1;  // first of its factors by sample in Area::kFactors, or none
};

struct CombineStep {
  Rows shape;
  int32_t cols = 0;
  int64_t first_term = 0;  // in the table
  int32_t term_count = 0;
  bool has_plain = false, has_rectified = false;
  Tensor plain, rectified;
  TENAS_HD int64_t warps() const { return shape.count(); }
};

struct Combine : WarpKernel<CombineStep> {
  /// The summands of one row as the kernel body reads them.
  struct Terms {
    const Term* terms;
    const Item* item;
    RowOf at;
    int32_t lane;
    TENAS_HD engine::isa_cuda::CombineTerm<float> operator[](int32_t k) const {
      const Term& term = terms[k];
      engine::isa_cuda::CombineTerm<float> made;
      made.source = row_start<LaneAccess>(*item, term.source, at, lane);
      made.factor = static_cast<float>(term.scale);
      if (term.norm >= 0) {
        const double* norm = item->norms + (term.norm + at.channel) * 4;
        made.factor = static_cast<float>(term.scale * norm[1]);
        made.mean = static_cast<float>(norm[0]);
        if (term.samples > 0) {
          const SampleNorm own(*item, term.norm + at.channel, term.samples, at.unit, lane);
          made.factor = static_cast<float>(term.scale * static_cast<double>(own.factor()));
          made.mean = own.mean();
        }
      }
      made.factor *= kept(*item, term.drop_path, at.unit, lane);
      return made;
    }
  };

  template <int Phase>
  static TENAS_HD void run(const Thread& thread, const Tables& tables, const Step& step, const Item& item,
                           State&, unsigned char*) {
    if (warp_of(thread) >= step.warps()) return;
    const RowOf at(step.shape, warp_of(thread));
    const Terms terms{static_cast<const Term*>(tables.terms) + step.first_term, &item, at, thread.lane()};
    double constant = 0;
    for (int32_t k = 0; k < step.term_count; ++k) {
      const Term& term = terms.terms[k];
      if (term.norm < 0) continue;
      const double shift = term.scale * item.norms[(term.norm + at.channel) * 4 + 2];
      constant += shift * static_cast<double>(kept(item, term.drop_path, at.unit, thread.lane()));
    }
    const auto row = [&](const Tensor& tensor) {
      return row_start<LaneAccess>(item, tensor, at, thread.lane());
    };
    engine::isa_cuda::combine<WarpLane>(terms, step.term_count, static_cast<float>(constant), 1, step.cols,
                                        step.has_plain ? row(step.plain) : nullptr, 0,
                                        step.has_rectified ? row(step.rectified) : nullptr, 0);
  }
};

}  // namespace tenas::cuda
