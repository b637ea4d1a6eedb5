// The task `pixels`: all channels of a node at some pixels.
#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

namespace tenas {

/// Pixels of a node's output that follow each other: down a column, then the next column, then the next
/// sample.
struct PixelRange {
  int32_t node = 0;
  int64_t first = 0;
  int64_t count = 0;
};

/// Asks for the outputs of nodes at some pixels of the first batch, under its own statistics.
struct PixelsTask {
  static constexpr std::string_view kName = "pixels";
  std::vector<PixelRange> ranges;
};

struct PixelsAnswer {
  /// In the order of the task's ranges: [count][C]; empty if the node does not run.
  std::vector<std::vector<double>> values;
};

/// Place of a pixel in a batch.
struct PixelPlace {
  int32_t sample = 0, row = 0, column = 0;
};
constexpr PixelPlace pixel_place(int64_t index, int32_t rows, int32_t columns) {
  const int64_t pixels = int64_t{rows} * columns;
  return {static_cast<int32_t>(index / pixels), static_cast<int32_t>(index % rows),
          static_cast<int32_t>(index % pixels / rows)};
}

}  // namespace tenas
