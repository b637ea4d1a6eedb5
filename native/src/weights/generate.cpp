// Weights from a counter-based generator: Philox4x32-10 (Salmon et al. 2011) and the inverse normal
// distribution function AS 241 (Wichura 1988). Only additions, multiplications, divisions and square roots,
// each correctly rounded and never fused (this file is compiled with -ffp-contract=off), so every machine and
// device gets the same bits.
#include <array>
#include <bit>
#include <cmath>

#include "weights/init.hpp"
#include "weights/philox.hpp"

namespace tenas {
namespace {

/// Natural logarithm of a positive normal double by its binary exponent and the series of 2 atanh((m - 1) /
/// (m + 1)).
double logarithm(double x) {
  const auto bits = std::bit_cast<uint64_t>(x);
  auto exponent = static_cast<int>(bits >> 52) - 1023;
  double mantissa = std::bit_cast<double>((bits & 0x000fffffffffffffu) | 0x3ff0000000000000u);
  if (mantissa > 1.4142135623730951) {
    mantissa = mantissa / 2;
    exponent += 1;
  }
  const double s = (mantissa - 1) / (mantissa + 1);
  const double square = s * s;
  double series = 0;
  for (int k = 23; k >= 1; k -= 2) series = series * square + 1.0 / k;
  return exponent * 0.69314718055994531 + 2 * s * series;
}

double polynomial(const std::array<double, 8>& coefficients, double x) {
  double value = 0;
  for (size_t k = coefficients.size(); k-- > 0;) value = value * x + coefficients[k];
  return value;
}

/// Quantile of the standard normal distribution, algorithm PPND16 of AS 241: relative error about 1e-16.
double normal_quantile(double p) {
  const double q = p - 0.5;
  if (std::abs(q) <= 0.425) {
    const double r = 0.180625 - q * q;
    return q *
           polynomial({3.3871328727963666080e0, 1.3314166789178437745e2, 1.9715909503065514427e3,
                       1.3731693765509461125e4, 4.5921953931549871457e4, 6.7265770927008700853e4,
                       3.3430575583588128105e4, 2.5090809287301226727e3},
                      r) /
           polynomial({1.0, 4.2313330701600911252e1, 6.8718700749205790830e2, 5.3941960214247511077e3,
                       2.1213794301586595867e4, 3.9307895800092710610e4, 2.8729085735721942674e4,
                       5.2264952788528545610e3},
                      r);
  }
  const double tail = q < 0 ? p : 1 - p;
  double r = std::sqrt(-logarithm(tail));
  double value;
  if (r <= 5) {
    r -= 1.6;
    value = polynomial({1.42343711074968357734e0, 4.63033784615654529590e0, 5.76949722146069140550e0,
                        3.64784832476320460504e0, 1.27045825245236838258e0, 2.41780725177450611770e-1,
                        2.27238449892691845833e-2, 7.74545014278341407640e-4},
                       r) /
            polynomial({1.0, 2.05319162663775882187e0, 1.67638483018380384940e0, 6.89767334985100004550e-1,
                        1.48103976427480074590e-1, 1.51986665636164571966e-2, 5.47593808499534494600e-4,
                        1.05075007164441684324e-9},
                       r);
  } else {
    r -= 5;
    value = polynomial({6.65790464350110377720e0, 5.46378491116411436990e0, 1.78482653991729133580e0,
                        2.96560571828504891230e-1, 2.65321895265761230930e-2, 1.24266094738807843860e-3,
                        2.71155556874348757815e-5, 2.01033439929228813265e-7},
                       r) /
            polynomial({1.0, 5.99832206555887937690e-1, 1.36929880922735805310e-1, 1.48753612908506148525e-2,
                        7.86869131145613259100e-4, 1.84631831751005468180e-5, 1.42151175831644588870e-7,
                        2.04426310338993978564e-15},
                       r);
  }
  return q < 0 ? -value : value;
}

/// A uniform number in (0, 1) from 64 random bits: the middle of one of 2^52 equal intervals.
double unit(uint32_t low, uint32_t high) {
  const uint64_t bits = (uint64_t{high} << 32 | low) >> 12;
  return (static_cast<double>(bits) + 0.5) * 0x1p-52;
}

int64_t fan_in(const Param& param) {
  int64_t fan = 1;
  for (size_t i = 1; i < param.dims.size(); ++i) fan *= param.dims[i];
  return fan;
}

int64_t fan_out(const Param& param) {
  int64_t fan = param.dims[0];
  for (size_t i = 2; i < param.dims.size(); ++i) fan *= param.dims[i];
  return fan;
}

enum class Form { kZero, kOne, kNormal, kUniform };

struct Distribution {
  Form form;
  double scale;
};

/// `bias_fan` is the fan_in of the layer that a bias belongs to.
Distribution distribution(const Param& param, Init init, int64_t bias_fan) {
  switch (param.kind) {
    case ParamKind::kBnWeight:
    case ParamKind::kBnRunningVar:
      return {Form::kOne, 1};
    case ParamKind::kBnBias:
    case ParamKind::kBnRunningMean:
      return {Form::kZero, 0};
    case ParamKind::kConvBias:
    case ParamKind::kLinearBias:
      if (init != Init::kPytorch) return {Form::kZero, 0};
      return {Form::kUniform, 1.0 / std::sqrt(static_cast<double>(bias_fan))};
    case ParamKind::kConvWeight:
    case ParamKind::kLinearWeight:
      break;
  }
  if (init == Init::kPytorch) return {Form::kUniform, 1.0 / std::sqrt(static_cast<double>(fan_in(param)))};
  const int64_t fan = init == Init::kKaimingFanIn ? fan_in(param) : fan_out(param);
  return {Form::kNormal, std::sqrt(2.0 / static_cast<double>(fan))};
}

void fill(const Param& param, const Distribution& d, uint64_t seed, uint32_t repeat, std::span<float> out) {
  if (d.form == Form::kZero || d.form == Form::kOne) {
    for (float& value : out) value = d.form == Form::kOne ? 1.0f : 0.0f;
    return;
  }
  const std::array<uint32_t, 2> key = {static_cast<uint32_t>(seed), static_cast<uint32_t>(seed >> 32)};
  for (size_t i = 0; i < out.size(); i += 2) {
    const std::array<uint32_t, 4> random =
        philox4x32({static_cast<uint32_t>(i / 2), repeat, static_cast<uint32_t>(param.key),
                    static_cast<uint32_t>(param.key >> 32)},
                   key);
    for (size_t k = 0; k < 2 && i + k < out.size(); ++k) {
      const double p = unit(random[2 * k], random[2 * k + 1]);
      out[i + k] =
          static_cast<float>(d.form == Form::kNormal ? normal_quantile(p) * d.scale : (2 * p - 1) * d.scale);
    }
  }
}

}  // namespace

void generate_weights(const Graph& graph, uint64_t seed, uint32_t repeat, Init init, std::span<float> out) {
  // A bias takes the fan_in of its layer's weight.
  std::vector<int64_t> bias_fan(graph.params.size(), 1);
  for (const Node& node : graph.nodes) {
    if (node.bias >= 0 && node.weight >= 0) {
      bias_fan[static_cast<size_t>(node.bias)] = fan_in(graph.params[static_cast<size_t>(node.weight)]);
    }
  }
  for (size_t id = 0; id < graph.params.size(); ++id) {
    const Param& param = graph.params[id];
    fill(param, distribution(param, init, bias_fan[id]), seed, repeat,
         out.subspan(static_cast<size_t>(param.offset), static_cast<size_t>(param.size)));
  }
}

}  // namespace tenas
