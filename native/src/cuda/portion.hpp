// A portion of a request: some candidates x some repeats with their memory on the device.
#pragma once

#include <functional>
#include <memory>
#include <vector>

#include "cuda/backward_tape.hpp"
#include "cuda/evaluate.hpp"
#include "cuda/gradient_memory.hpp"
#include "cuda/layout.hpp"
#include "cuda/merged_tapes.hpp"
#include "cuda/slices.hpp"
#include "plan/schedule.hpp"
#include "tasks/loss.hpp"

namespace tenas::cuda {

/// Everything that runs for one candidate.
struct CandidateTapes {
  engine::Schedule schedule;
  Tape forward, transpose, gram;
  BackwardTape backward;
};

/// Tables of a network on the device.
class DeviceTables {
 public:
  DeviceTables(Device& device, const DeviceLayout& layout);
  const Tables& tables() const { return tables_; }

 private:
  DeviceBuffer<int32_t> columns_, pack_sources_, channels_;
  DeviceBuffer<uint32_t> keys_;
  Tables tables_;
};

/// Values that the memory of one item takes, by what it is for; the most that any candidate needs.
struct PortionSizes {
  PortionSizes(const DeviceLayout& layout, const GradientBuffers& buffers, const DeviceRequest& request,
               const std::vector<CandidateTapes>& tapes);
  /// Bytes of one evaluation with `directions` blocks of output directions at a time, its repeat included.
  double bytes(int32_t directions) const;

  int64_t raw_inputs = 0, inputs = 0, plain = 0, packed = 0;  // of a repeat and batch; of a repeat
  int64_t activations = 0, norms = 0, logits = 0, signatures = 0;
  int64_t sample_major = 0, jacobian = 0, gram_parts = 0, gram = 0;
  int64_t gradients = 0, sums = 0;  // of a block of directions
  GradientSizes gradient;           // of a batch
  int32_t batches = 1;
};

/// Memory for up to `candidates` x `repeats` evaluations, reused by one run after the other.
class Portion {
 public:
  Portion(Device& device, const DeviceLayout& layout, const GradientBuffers& buffers,
          const DeviceRequest& request, const DeviceTables& tables, const PortionSizes& sizes,
          int64_t candidates, int64_t first_repeat, int64_t repeats, int32_t directions);

  /// Brings inputs and weights of the repeats into place.
  void prepare();
  /// Evaluates at most `candidates` candidates on all repeats and fetches the results.
  void run(std::span<const CandidateTapes> tapes, const std::function<void()>& check);
  /// The result of the last run's candidate and repeat, counted from the portion's first.
  DeviceResult result(const CandidateTapes& tapes, int64_t candidate, int64_t repeat) const;

 private:
  using Check = std::function<void()>;
  bool wants(Wanted wanted) const { return request_.wanted == wanted; }
  void lay_out();
  /// Queues one tape of every candidate on `items`, `items_each` for each.
  void queue(std::span<const CandidateTapes> tapes, const Tape& (*tape)(const CandidateTapes&),
             int64_t items_each, const std::vector<Item>& items, const Check& check);
  void queue(std::span<const Tape* const> tapes, int64_t items_each, const std::vector<Item>& items,
             const Check& check);
  void backward(std::span<const CandidateTapes> tapes, const Check& check);
  void differentiate(std::span<const CandidateTapes> tapes, const Check& check);
  /// Finds losses and their gradients by the outputs, which it hands to the device.
  void evaluate_losses(int64_t items);
  template <class T>
  void fetch(const Slices<T>& slices, int64_t count, std::vector<T>& values);
  /// Waits for what is queued and frees its steps.
  void finish();
  std::vector<float> logits_of(int64_t item) const;
  std::vector<float> statistics_of(const CandidateTapes& tapes, int64_t item) const;
  GradientAnswer gradient_of(const CandidateTapes& tapes, int64_t first_item) const;
  RegionsAnswer regions_of(const CandidateTapes& tapes, int64_t first_item) const;

  Device& device_;
  const DeviceLayout& layout_;
  const GradientBuffers& buffers_;
  const DeviceRequest& request_;
  const DeviceTables& tables_;
  const PortionSizes sizes_;
  const int64_t candidates_, first_repeat_, repeats_, batches_;
  const int32_t directions_;  // blocks of output directions at a time

  Slices<float> raw_inputs_, inputs_;   // [repeat][batch]
  Slices<float> plain_, packed_;        // [repeat]
  Slices<float> activations_, logits_;  // [candidate][repeat][batch]
  Slices<double> norms_;
  Slices<uint32_t> signatures_;
  Slices<float> sample_major_, jacobian_;  // [candidate][repeat]
  Slices<double> gram_parts_, gram_;
  Slices<float> gradients_;  // [candidate][repeat][block of directions]
  Slices<double> sums_;
  GradientMemory gradient_;
  std::vector<Item> items_;  // [candidate][repeat][batch]

  struct Queued {
    MergedTapes launches;
    DeviceBuffer<Item> items;
  };
  std::vector<std::unique_ptr<Queued>> queued_;

  // Results of the last run, in the order of `items_`.
  std::vector<float> host_logits_;
  std::vector<double> host_norms_, host_gram_;
  std::vector<uint32_t> host_signatures_;
  std::vector<LossValue> losses_;
};

}  // namespace tenas::cuda
