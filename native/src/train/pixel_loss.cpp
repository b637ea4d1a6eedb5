#include "train/pixel_loss.hpp"

#include <algorithm>
#include <vector>

namespace tenas {
namespace {

/// Where a stretched place lies among the places of a line: between `first` and `second`, at `share` of the
/// way.
struct Between {
  int64_t first = 0, second = 0;
  double share = 0;
};

/// The places of `length` values among those of a line of `given`, first on first and last on last.
std::vector<Between> stretch(int32_t given, int32_t length) {
  std::vector<Between> places(length);
  const double scale = length > 1 ? static_cast<double>(given - 1) / (length - 1) : 0.0;
  for (int32_t i = 0; i < length; ++i) {
    const double at = i * scale;
    const int64_t first = std::min<int64_t>(static_cast<int64_t>(at), given - 1);
    places[i] = {first, std::min<int64_t>(first + 1, given - 1), at - static_cast<double>(first)};
  }
  return places;
}

/// How the outputs of a sample reach its pixels.
class Stretching {
 public:
  explicit Stretching(const PixelMaps& maps)
      : classes_(maps.output.c),
        columns_(maps.output.w),
        plane_(int64_t{maps.output.h} * maps.output.w),
        rows_(stretch(maps.output.h, maps.height)),
        across_(stretch(maps.output.w, maps.width)) {}

  int64_t pixels() const { return std::ssize(rows_) * std::ssize(across_); }
  int64_t classes() const { return classes_; }

  /// Outputs of a sample, [classes][plane], at its pixels, [pixels][classes].
  void forward(std::span<const double> outputs, std::span<double> pixels) const {
    std::fill(pixels.begin(), pixels.end(), 0.0);
    each_part([&](int64_t pixel, int64_t place, double weight) {
      for (int64_t k = 0; k < classes_; ++k) {
        pixels[pixel * classes_ + k] += weight * outputs[k * plane_ + place];
      }
    });
  }
  /// Adds the gradient by the outputs, [classes][plane], from that at the pixels, times `factor`.
  void backward(std::span<const double> pixels, double factor, std::span<double> outputs) const {
    each_part([&](int64_t pixel, int64_t place, double weight) {
      for (int64_t k = 0; k < classes_; ++k) {
        outputs[k * plane_ + place] += factor * weight * pixels[pixel * classes_ + k];
      }
    });
  }

 private:
  /// Calls `fn(pixel, place, weight)` for every place that has a part in a pixel.
  template <class Fn>
  void each_part(const Fn& fn) const {
    int64_t pixel = 0;
    for (const Between& row : rows_) {
      for (const Between& column : across_) {
        const auto part = [&](int64_t y, int64_t x, double weight) {
          if (weight != 0) fn(pixel, y * columns_ + x, weight);
        };
        part(row.first, column.first, (1 - row.share) * (1 - column.share));
        part(row.first, column.second, (1 - row.share) * column.share);
        part(row.second, column.first, row.share * (1 - column.share));
        part(row.second, column.second, row.share * column.share);
        ++pixel;
      }
    }
  }

  int64_t classes_, columns_, plane_;
  std::vector<Between> rows_, across_;
};

}  // namespace

LossValue pixel_loss(const CrossEntropy& loss, const PixelMaps& maps, std::span<const double> logits,
                     std::span<const int32_t> labels, int32_t samples) {
  const Stretching stretching(maps);
  const int64_t outputs = maps.output.size(), pixels = stretching.pixels();
  const double share = 1.0 / samples;
  std::vector<double> at_pixels(pixels * stretching.classes());
  LossValue total;
  total.gradient.assign(logits.size(), 0.0);
  for (int64_t sample = 0; sample < samples; ++sample) {
    stretching.forward(logits.subspan(sample * outputs, outputs), at_pixels);
    const LossValue value = evaluate_loss(loss, 0, at_pixels, labels.subspan(sample * pixels, pixels),
                                          static_cast<int32_t>(pixels));
    total.loss += share * value.loss;
    total.correct += value.correct;
    stretching.backward(value.gradient, share, std::span(total.gradient).subspan(sample * outputs, outputs));
  }
  return total;
}

}  // namespace tenas
