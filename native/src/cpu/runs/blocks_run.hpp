// The task `blocks` on the fast engine: a backward pass per block, lanes are samples.
#pragma once

#include "cpu/task_run.hpp"
#include "kernels/covariance.hpp"

namespace tenas::engine::TENAS_ISA {

template <class L>
class BlocksRun final : public TaskRun<L> {
 public:
  using T = typename L::T;

  BlocksRun(const EvaluationScope<L>& scope, const BlocksTask& task)
      : scope_(scope), task_(task), executed_(executed_nodes(scope.plan.graph, scope.coefficients)) {}

  void passed(int32_t) override {
    int64_t offset = 0;
    for (size_t k = 0; k < task_.blocks.size(); ++k) {
      const Block& block = task_.blocks[k];
      const int64_t size = shape(block.to).size() * scope_.repeat.batch;
      answer_.blocks.push_back(executed_[block.to] ? answer_of(block, signs_of(task_.signs, k, offset, size))
                                                   : BlockAnswer{});
      offset += size;
    }
  }
  Answer answer() override { return std::move(answer_); }

 private:
  const Shape& shape(int32_t node) const { return scope_.plan.graph.nodes[node].shape; }

  BlockAnswer answer_of(const Block& block, const std::vector<double>& signs) {
    const Shape &from = shape(block.from), &to = shape(block.to);
    const Fold fold = fold_of(from, to);
    BlockAnswer found;
    found.product.assign(int64_t{from.c} * fold.rows * fold.cols * to.c, 0.0);
    const int32_t end = scope_.plan.nodes[block.from].canonical;
    const Schedule schedule =
        schedule_block(scope_.plan, scope_.coefficients, end, scope_.plan.nodes[block.to].canonical);
    if (schedule.gradient_offset[end] < 0) return found;

    LaneWorkspace<L>& ws = scope_.workspace();
    BackwardArgs<L> args;
    args.plan = &scope_.plan;
    args.schedule = &schedule;
    args.prepared = &scope_.repeat;
    args.forward = &ws.forward;
    args.output = block.to;
    args.output_gradient = signs;
    ws.through_batch.start(args);
    for (const auto stages : joined_stages(schedule)) ws.through_batch.run(args, stages, scope_.cancel);

    found.unchanged = from == to;
    for (int32_t unit = 0; unit < scope_.repeat.blocks; ++unit) {
      load_signs(signs, to, unit);
      const T* gradient = ws.through_batch.end_gradient(end, unit);
      if (found.unchanged) found.unchanged = is_signs(gradient, to.size(), unit);
      add_product(folded(gradient, from, to, fold), to, unit, found.product);
    }
    const double count = static_cast<double>(scope_.repeat.batch) * to.h * to.w;
    for (double& value : found.product) value /= count;
    return found;
  }

  /// The signs of a unit's samples as [c][h][w][lane]; 0 in idle lanes.
  void load_signs(const std::vector<double>& signs, const Shape& to, int32_t unit) {
    const int64_t size = to.size();
    signs_.zeros(size * L::width);
    for (int32_t lane = 0; lane < scope_.repeat.valid_lanes(unit); ++lane) {
      const double* own = signs.data() + (int64_t{unit} * L::width + lane) * size;
      for (int64_t i = 0; i < size; ++i) signs_.data()[i * L::width + lane] = static_cast<T>(own[i]);
    }
  }

  bool is_signs(const T* gradient, int64_t size, int32_t unit) const {
    for (int64_t i = 0; i < size; ++i) {
      for (int32_t lane = 0; lane < scope_.repeat.valid_lanes(unit); ++lane) {
        if (gradient[i * L::width + lane] != signs_.data()[i * L::width + lane]) return false;
      }
    }
    return true;
  }

  /// [c][fold row][fold column][h][w][lane] of a gradient [c][h][w][lane], with zeros beyond it.
  const T* folded(const T* gradient, const Shape& from, const Shape& to, const Fold& fold) {
    if (fold.rows == 1 && fold.cols == 1 && from.h == to.h && from.w == to.w) return gradient;
    const int64_t plane = int64_t{to.h} * to.w * L::width;
    const int64_t values = from.c * fold.rows * fold.cols * plane;
    folded_.zeros(values);
    for (int32_t c = 0; c < from.c; ++c) {
      for (int32_t y = 0; y < from.h; ++y) {
        for (int32_t x = 0; x < from.w; ++x) {
          const int64_t place = (int64_t{c} * fold.rows + y % fold.rows) * fold.cols + x % fold.cols;
          const int64_t pixel = int64_t{y / fold.rows} * to.w + x / fold.cols;
          const int64_t source = (int64_t{c} * from.h + y) * from.w + x;
          L::store(folded_.data() + place * plane + pixel * L::width, L::load(gradient + source * L::width));
        }
      }
    }
    return folded_.data();
  }

  void add_product(const T* rows, const Shape& to, int32_t unit, std::vector<double>& product) const {
    const int64_t plane = int64_t{to.h} * to.w * L::width;
    const int64_t count = std::ssize(product) / to.c;
    for (int64_t row = 0; row < count; ++row) {
      for (int32_t c = 0; c < to.c; ++c) {
        const typename L::D lanes =
            plane_product<L>(rows + row * plane, to.w, signs_.data() + c * plane, to.w, to.h, to.w);
        double& sum = product[row * to.c + c];
        for (int32_t lane = 0; lane < scope_.repeat.valid_lanes(unit); ++lane) sum += lanes[lane];
      }
    }
  }

  const EvaluationScope<L>& scope_;
  const BlocksTask& task_;
  const std::vector<bool> executed_;
  Buffer<T> signs_, folded_;
  BlocksAnswer answer_;
};

}  // namespace tenas::engine::TENAS_ISA
