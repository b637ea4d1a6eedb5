#include "cuda/evaluate.hpp"

#include <algorithm>
#include <string>

#include "base/error.hpp"
#include "cuda/backward_tape.hpp"
#include "cuda/forward_tape.hpp"
#include "cuda/merged_tapes.hpp"
#include "cuda/portion.hpp"
#include "tasks/task.hpp"

namespace tenas::cuda {
namespace {

/// Candidates whose tapes are built at a time.
constexpr size_t kCandidates = 256;
/// Part of the free memory that is used.
constexpr double kMemoryShare = 0.85;
constexpr int32_t kLargestItems = 65'535;  // limit of a grid's third dimension

class DeviceRun {
 public:
  DeviceRun(Device& device, const engine::Plan& plan, const DeviceRequest& request,
            const std::function<void(int64_t, int64_t, DeviceResult)>& done, const CancelFlag& cancel)
      : device_(device),
        plan_(plan),
        request_(request),
        done_(done),
        cancel_(cancel),
        layout_(plan, request.batch, device.guard_values()),
        by_direction_(request.wanted == Wanted::kNtk && request.mode == NtkMode::kBatch),
        buffers_(by_direction_ ? request.batch : layout_.blocks(), device.guard_values()),
        tables_(device, layout_) {}

  void run() {
    for (size_t first = 0; first < request_.candidates.size(); first += kCandidates) {
      const size_t count = std::min(kCandidates, request_.candidates.size() - first);
      std::vector<CandidateTapes> tapes;
      for (size_t k = 0; k < count; ++k) {
        cancel_.check();
        tapes.push_back(build(first + k));
      }
      run_candidates(first, tapes);
    }
  }

 private:
  CandidateTapes build(size_t candidate) {
    const auto coefficients = request_.candidates[candidate];
    const bool ntk = request_.wanted == Wanted::kNtk;
    if (request_.wanted == Wanted::kGradient) return build_gradient(coefficients);
    CandidateTapes made;
    made.schedule = ntk ? engine::schedule_backward(plan_, coefficients, {ntk_parameters(plan_.graph)})
                        : engine::schedule_forward(plan_, coefficients);
    made.forward = forward_tape(layout_, made.schedule, coefficients, request_.statistics,
                                request_.wanted == Wanted::kRegions);
    if (!ntk) return made;
    made.backward = backward_tape(layout_, made.schedule, request_.mode, buffers_);
    for (const int32_t v : made.schedule.forward) {
      if (by_direction_ && plan_.nodes[v].stored) {
        made.transpose.add<SampleMajor>(0, layout_.sample_major_step(v));
      }
    }
    GramStep gram;
    gram.rows = made.schedule.jacobian_rows;
    gram.stride = layout_.padded();
    gram.samples = request_.batch;
    made.gram.add<GramPart>(0, gram);
    made.gram.add<GramSum>(1, gram);
    return made;
  }

  CandidateTapes build_gradient(std::span<const double> coefficients) {
    const GradientTask& task = *request_.gradient;
    CandidateTapes made;
    made.schedule = engine::schedule_backward(plan_, coefficients, engine::targets_of(plan_.graph, task));
    made.forward = forward_tape(layout_, made.schedule, coefficients, forward_statistics(task), false);
    made.backward = backward_tape(layout_, made.schedule, task.statistics, buffers_);
    return made;
  }

  /// Cuts candidates x repeats into portions and runs each.
  void run_candidates(size_t first, const std::vector<CandidateTapes>& tapes) {
    const PortionSizes sizes(layout_, buffers_, request_, tapes);
    const double budget = static_cast<double>(device_.free_bytes()) * kMemoryShare;
    const int32_t all_directions = by_direction_ ? layout_.blocks() : 1;
    const auto evaluations = [&](int32_t directions) {
      return static_cast<int64_t>(budget / sizes.bytes(directions));
    };
    int32_t directions = all_directions;
    while (directions > 1 && evaluations(directions) < 1) --directions;
    if (evaluations(directions) < 1) {
      throw Error("OUT_OF_MEMORY",
                  "one evaluation needs about " +
                      std::to_string(static_cast<int64_t>(sizes.bytes(directions) / 1e6)) +
                      " MB on the device; " + std::to_string(static_cast<int64_t>(budget / 1e6)) +
                      " MB are free. Use a smaller batch or a smaller network, or device 'cpu'");
    }
    const int64_t most = evaluations(directions);
    const int64_t repeats = std::ssize(request_.repeats);
    const int64_t repeats_each =
        std::min({repeats, most, int64_t{kLargestItems} / std::max(request_.batches, all_directions)});
    const auto candidates_each =
        std::min<int64_t>(std::ssize(tapes), std::max<int64_t>(most / repeats_each, 1));
    for (int64_t r = 0; r < repeats; r += repeats_each) {
      const int64_t repeat_count = std::min(repeats_each, repeats - r);
      Portion portion(device_, layout_, buffers_, request_, tables_, sizes,
                      std::min<int64_t>(candidates_each, tapes.size()), r, repeat_count, directions);
      portion.prepare();
      for (int64_t c = 0; c < std::ssize(tapes); c += candidates_each) {
        cancel_.check();
        const int64_t count = std::min(candidates_each, std::ssize(tapes) - c);
        portion.run(std::span(tapes).subspan(c, count), [&] { cancel_.check(); });
        for (int64_t k = 0; k < count; ++k) {
          for (int64_t i = 0; i < repeat_count; ++i) {
            done_(first + c + k, r + i, portion.result(tapes[c + k], k, i));
          }
        }
      }
    }
  }

  Device& device_;
  const engine::Plan& plan_;
  const DeviceRequest& request_;
  const std::function<void(int64_t, int64_t, DeviceResult)>& done_;
  const CancelFlag& cancel_;
  const DeviceLayout layout_;
  const bool by_direction_;
  GradientBuffers buffers_;
  const DeviceTables tables_;
};

}  // namespace

void evaluate_on_device(Device& device, const engine::Plan& plan, const DeviceRequest& request,
                        const std::function<void(int64_t, int64_t, DeviceResult)>& done,
                        const CancelFlag& cancel) {
  DeviceRun(device, plan, request, done, cancel).run();
}

}  // namespace tenas::cuda
