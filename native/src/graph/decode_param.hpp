// Decoding of a parameter's record: kind, in the NTK (0/1), number of dimensions, four dimensions, key low,
// key high.
#pragma once

#include <iterator>
#include <span>

#include "graph/decode_checks.hpp"

namespace tenas::decode {

inline constexpr int64_t kParamWords = 9;
inline constexpr const char* kKindNames[] = {"convWeight", "linearWeight", "linearBias",    "convBias",
                                             "bnWeight",   "bnBias",       "bnRunningMean", "bnRunningVar"};

inline const char* kind_name(ParamKind kind) {
  return kKindNames[static_cast<int32_t>(kind)];
}

inline int64_t dims_of_kind(ParamKind kind) {
  if (kind == ParamKind::kConvWeight) return 4;
  return kind == ParamKind::kLinearWeight ? 2 : 1;
}

inline std::string dims_text(const std::vector<int32_t>& dims) {
  std::string out = "[";
  for (size_t i = 0; i < dims.size(); ++i) out += (i == 0 ? "" : ",") + text(dims[i]);
  return out + "]";
}

/// Decodes the record of parameter `id`.
inline Param decode_param(std::span<const int32_t> words, int64_t id) {
  const std::string what = "parameter " + text(id);
  if (words[0] < 0 || words[0] >= std::ssize(kKindNames))
    invalid(what + " has unknown kind " + text(words[0]));
  Param param;
  param.kind = static_cast<ParamKind>(words[0]);
  if (words[1] != 0 && words[1] != 1) invalid(what + ": the NTK flag is " + text(words[1]) + ", not 0 or 1");
  param.in_ntk = words[1] == 1;
  const bool statistic = param.kind == ParamKind::kBnRunningMean || param.kind == ParamKind::kBnRunningVar;
  if (statistic && param.in_ntk) invalid(what + " is a running statistic: it has no gradient for the NTK");
  const int64_t rank = words[2];
  if (rank != dims_of_kind(param.kind)) {
    invalid(what + " of kind " + kind_name(param.kind) + " has " + text(rank) + " dimensions, not " +
            text(dims_of_kind(param.kind)));
  }
  param.size = 1;
  for (int64_t d = 0; d < 4; ++d) {
    const int64_t dim = words[3 + d];
    if (d >= rank) {
      if (dim != 1) invalid(what + ": unused dimension " + text(d) + " is " + text(dim) + ", not 1");
      continue;
    }
    check_range(what + ": dimension " + text(d), dim, 1, kMaxTensor);
    param.size = bounded_product(what, param.size, dim);
    param.dims.push_back(dim);
  }
  param.key = static_cast<uint64_t>(static_cast<uint32_t>(words[7])) |
              static_cast<uint64_t>(static_cast<uint32_t>(words[8])) << 32;
  return param;
}

}  // namespace tenas::decode
