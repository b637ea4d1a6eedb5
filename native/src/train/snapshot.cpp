#include "train/snapshot.hpp"

#include <bit>
#include <cstring>
#include <string>

#include "base/error.hpp"

// Layout, all numbers of 8 bytes and little-endian: magic, version, fingerprint of network and optimiser,
// steps, then values, first, second, updates and batches, each with its length before it, then a checksum of
// all bytes before.
static_assert(std::endian::native == std::endian::little, "snapshots are written as they lie in memory");

namespace tenas {
namespace {

constexpr uint64_t kMagic = 0x314e494152544e54;  // "TNTRAIN1"
constexpr uint64_t kVersion = 1;

[[noreturn]] void refuse(const std::string& message) {
  throw Error("SNAPSHOT_INVALID", message);
}

/// FNV-1a with 64 bits.
class Hash {
 public:
  void add(std::span<const uint8_t> bytes) {
    for (const uint8_t byte : bytes) value_ = (value_ ^ byte) * 0x100000001b3;
  }
  void add(uint64_t word) {
    uint8_t bytes[8];
    std::memcpy(bytes, &word, 8);
    add(bytes);
  }
  uint64_t value() const { return value_; }

 private:
  uint64_t value_ = 0xcbf29ce484222325;
};

void add(const Node& node, Hash& hash) {
  for (const std::vector<int32_t>* list : {&node.inputs, &node.slots}) {
    hash.add(list->size());
    for (const int32_t value : *list) hash.add(static_cast<uint64_t>(value));
  }
  for (const int32_t value : {static_cast<int32_t>(node.op),
                              node.shape.c,
                              node.shape.h,
                              node.shape.w,
                              node.weight,
                              node.bias,
                              node.running_mean,
                              node.running_var,
                              node.kh,
                              node.kw,
                              node.sh,
                              node.sw,
                              node.ph,
                              node.pw,
                              node.dh,
                              node.dw,
                              node.groups,
                              static_cast<int32_t>(node.count_include_pad),
                              node.top,
                              node.bottom,
                              node.left,
                              node.right}) {
    hash.add(static_cast<uint64_t>(value));
  }
  hash.add(std::bit_cast<uint64_t>(node.eps));
  if (node.op == Op::kActivation) hash.add(static_cast<uint64_t>(node.function));
  for (const int32_t channel : node.channels) hash.add(static_cast<uint64_t>(channel));
}

uint64_t fingerprint(const Graph& graph, const Optimiser& optimiser) {
  Hash hash;
  hash.add(static_cast<uint64_t>(optimiser.kind));
  hash.add(static_cast<uint64_t>(optimiser.moments()));
  for (const Param& param : graph.params) {
    hash.add(param.key);
    hash.add(static_cast<uint64_t>(param.size));
  }
  hash.add(static_cast<uint64_t>(graph.slots));
  hash.add(static_cast<uint64_t>(graph.output));
  for (const Node& node : graph.nodes) add(node, hash);
  return hash.value();
}

class Writer {
 public:
  void word(uint64_t value) { append(&value, 1); }
  template <class T>
  void list(const std::vector<T>& values) {
    word(values.size());
    append(values.data(), values.size());
  }
  std::vector<uint8_t> take() {
    Hash hash;
    hash.add(bytes_);
    word(hash.value());
    return std::move(bytes_);
  }

 private:
  template <class T>
  void append(const T* values, size_t count) {
    static_assert(sizeof(T) == 8);
    const auto* first = reinterpret_cast<const uint8_t*>(values);
    bytes_.insert(bytes_.end(), first, first + count * sizeof(T));
  }
  std::vector<uint8_t> bytes_;
};

class Reader {
 public:
  explicit Reader(std::span<const uint8_t> bytes) : rest_(bytes) {}
  uint64_t word() {
    uint64_t value = 0;
    copy(&value, 1);
    return value;
  }
  /// Fills a list whose length is known.
  template <class T>
  void list(std::vector<T>& values, const std::string& name) {
    const uint64_t count = word();
    if (count != values.size()) {
      refuse("the snapshot has " + std::to_string(count) + " " + name + "; " + std::to_string(values.size()) +
             " are needed");
    }
    copy(values.data(), values.size());
  }
  bool at_end() const { return rest_.empty(); }

 private:
  template <class T>
  void copy(T* values, size_t count) {
    static_assert(sizeof(T) == 8);
    if (rest_.size() / sizeof(T) < count) refuse("the snapshot ends too early");
    if (count > 0) std::memcpy(values, rest_.data(), count * sizeof(T));
    rest_ = rest_.subspan(count * sizeof(T));
  }
  std::span<const uint8_t> rest_;
};

}  // namespace

std::vector<uint8_t> write_snapshot(const Graph& graph, const Optimiser& optimiser,
                                    const TrainingState& state) {
  Writer writer;
  writer.word(kMagic);
  writer.word(kVersion);
  writer.word(fingerprint(graph, optimiser));
  writer.word(static_cast<uint64_t>(state.steps));
  writer.list(state.values);
  writer.list(state.first);
  writer.list(state.second);
  writer.list(state.updates);
  writer.list(state.batches);
  return writer.take();
}

TrainingState read_snapshot(const Graph& graph, const Optimiser& optimiser, std::span<const uint8_t> bytes) {
  constexpr size_t kWord = 8, kHeader = 4 * kWord;
  if (bytes.size() < kHeader + kWord || Reader(bytes).word() != kMagic) {
    refuse("the bytes are no snapshot of a training");
  }
  const auto content = bytes.first(bytes.size() - kWord);
  Hash hash;
  hash.add(content);
  if (Reader(bytes.last(kWord)).word() != hash.value()) {
    refuse("the snapshot is damaged: its checksum does not fit its " + std::to_string(bytes.size()) +
           " bytes");
  }
  Reader reader(content);
  reader.word();
  if (const uint64_t version = reader.word(); version != kVersion) {
    refuse("the snapshot has version " + std::to_string(version) + "; this build reads version " +
           std::to_string(kVersion));
  }
  if (reader.word() != fingerprint(graph, optimiser)) {
    refuse("the snapshot is of another network, or of another kind of optimiser");
  }
  TrainingState state(graph, optimiser, std::vector<float>(graph.param_values));
  state.steps = static_cast<int64_t>(reader.word());
  reader.list(state.values, "parameter values");
  reader.list(state.first, "first moments");
  reader.list(state.second, "second moments");
  reader.list(state.updates, "counts of updates");
  reader.list(state.batches, "counts of batches");
  if (!reader.at_end()) refuse("the snapshot goes on after its end");
  return state;
}

}  // namespace tenas
