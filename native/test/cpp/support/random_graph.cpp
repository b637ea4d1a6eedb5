#include "support/random_graph.hpp"

#include <algorithm>
#include <utility>

namespace tenas::test {
namespace {

constexpr int32_t kLargestSide = 16;
constexpr int32_t kSlots = 4;

class Grower {
 public:
  Grower(Random& random, const RandomLimits& limits) : random_(random), most_channels_(3 * limits.channels) {
    for (int32_t i = 0; i < kSlots; ++i) slots_.push_back(builder_.slot());
    nodes_.push_back(builder_.input({random_.integer(1, limits.channels), random_.integer(1, limits.size),
                                     random_.integer(1, limits.size)}));
  }

  void grow() { nodes_.push_back(next()); }

  RandomNet finish(bool classifier, int32_t heads) {
    int32_t output = nodes_.back();
    std::vector<int32_t> others;
    if (classifier) {
      output = builder_.linear(builder_.global_avg_pool(output), random_.integer(1, 4), flip());
      for (int32_t k = 0; k < heads; ++k) {
        const int32_t features = builder_.relu(builder_.batch_norm(any_node()));
        others.push_back(
            builder_.linear(builder_.global_avg_pool(features), builder_.shape(output).c, flip()));
      }
    }
    RandomNet net{builder_.encode(output), builder_.build(output), {}, others};
    constexpr double kCoefficients[] = {0, 0, 0.25, 0.5, 1, -1.5};
    for (int32_t i = 0; i < kSlots; ++i) net.coefficients.push_back(kCoefficients[random_.integer(0, 5)]);
    return net;
  }

 private:
  bool flip() { return random_.chance(0.5); }

  /// Recent nodes are read more often, so that networks get deep.
  int32_t any_node() {
    const int32_t last = std::ssize(nodes_) - 1;
    const int32_t back = flip() ? 0 : random_.integer(0, last);
    return nodes_[last - back];
  }

  /// Up to four nodes that fit beside `first`; the same one may come twice.
  template <class Fits>
  std::vector<int32_t> companions(int32_t first, const Fits& fits) {
    std::vector<int32_t> all{first};
    for (int32_t tries = random_.integer(0, 6); tries > 0 && all.size() < 4; --tries) {
      const int32_t node = any_node();
      if (fits(builder_.shape(node))) all.push_back(node);
    }
    return all;
  }

  int32_t next() {
    const int32_t in = any_node();
    const Shape s = builder_.shape(in);
    switch (random_.integer(0, 16)) {
      case 0:
      case 1:
      case 2:
        return conv(in, s);
      case 3:
        return builder_.batch_norm(in, {.scale = flip(), .shift = flip(), .eps = flip() ? 1e-5 : 0.1});
      case 4:
      case 5:
        return builder_.relu(in);
      case 6:
        return builder_.avg_pool(in, pool(s));
      case 7:
        return builder_.max_pool(in, pool(s));
      case 8:
        return pad(in, s);
      case 9:
      case 10:
        return mix(in, s);
      case 11:
        return concat(in, s);
      case 12:
      case 13:
        return builder_.activation(in, static_cast<Activation>(random_.integer(0, 4)));
      case 14:
        return scale(in, s);
      case 15:
        return select(in, s);
      default:
        if (s.h > 1 || s.w > 1) return flip() ? builder_.mix({}, s) : builder_.global_avg_pool(in);
        return builder_.linear(in, random_.integer(1, most_channels_), flip());
    }
  }

  /// By a node that fits, or by one made for it.
  int32_t scale(int32_t in, const Shape& s) {
    const int32_t factor = any_node();
    if (builder_.shape(factor) == Shape{s.c, 1, 1}) return builder_.scale(in, factor);
    const int32_t mean = builder_.global_avg_pool(in);
    return builder_.scale(in, flip() ? mean : builder_.activation(mean, Activation::kHardSigmoid));
  }

  /// Some of the channels, in any order.
  int32_t select(int32_t in, const Shape& s) {
    std::vector<int32_t> channels(s.c);
    for (int32_t c = 0; c < s.c; ++c) {
      const int32_t place = random_.integer(0, c);
      channels[c] = channels[place];
      channels[place] = c;
    }
    channels.resize(random_.integer(1, s.c));
    return builder_.select(in, channels);
  }

  int32_t conv(int32_t in, const Shape& s) {
    std::vector<int32_t> divisors;
    for (int32_t g = 1; g <= s.c; ++g) {
      if (s.c % g == 0) divisors.push_back(g);
    }
    ConvOptions o;
    o.groups = divisors[random_.integer(0, static_cast<int32_t>(divisors.size()) - 1)];
    o.out = o.groups * random_.integer(1, std::max(1, most_channels_ / o.groups / 2));
    o.bias = flip();
    const auto axis = [&](int32_t size, int32_t& kernel, int32_t& stride, int32_t& padding,
                          int32_t& dilation) {
      kernel = random_.integer(1, 5);
      stride = random_.integer(1, 3);
      dilation = random_.integer(1, 2);
      const int32_t reach = dilation * (kernel - 1);
      const int32_t least = std::max(0, (reach - size + 2) / 2);
      const int32_t most = std::max(least, (kLargestSide + reach - size) / 2);
      padding = std::min(most, least + random_.integer(0, 3));
    };
    axis(s.h, o.kernel.first, o.stride.first, o.padding.first, o.dilation.first);
    axis(s.w, o.kernel.second, o.stride.second, o.padding.second, o.dilation.second);
    return builder_.conv(in, o);
  }

  PoolOptions pool(const Shape& s) {
    PoolOptions o;
    o.count_include_pad = flip();
    const auto axis = [&](int32_t size, int32_t& kernel, int32_t& stride, int32_t& padding) {
      kernel = random_.integer(1, std::min(5, size + 1));
      stride = random_.integer(1, 3);
      padding = random_.integer(kernel > size ? 1 : 0, kernel / 2);
    };
    axis(s.h, o.kernel.first, o.stride.first, o.padding.first);
    axis(s.w, o.kernel.second, o.stride.second, o.padding.second);
    return o;
  }

  int32_t pad(int32_t in, const Shape& s) {
    const auto sides = [&](int32_t size) {
      const int32_t first = random_.integer(-2, 2), last = random_.integer(-2, 2);
      const int32_t padded = size + first + last;
      return padded < 1 || padded > kLargestSide ? Pair{0, 0} : Pair{first, last};
    };
    const auto [top, bottom] = sides(s.h);
    const auto [left, right] = sides(s.w);
    return builder_.pad(in, top, bottom, left, right);
  }

  int32_t mix(int32_t in, const Shape& s) {
    std::vector<MixTerm> terms;
    for (const int32_t node : companions(in, [&](const Shape& other) { return other == s; })) {
      terms.push_back({node, random_.chance(0.3) ? -1 : slots_[random_.integer(0, 3)]});
    }
    return builder_.mix(terms);
  }

  int32_t concat(int32_t in, const Shape& s) {
    int32_t channels = s.c;
    return builder_.concat(companions(in, [&](const Shape& other) {
      const bool fits = other.h == s.h && other.w == s.w && channels + other.c <= most_channels_;
      if (fits) channels += other.c;
      return fits;
    }));
  }

  Random& random_;
  int32_t most_channels_;
  GraphBuilder builder_;
  std::vector<int32_t> slots_, nodes_;
};

}  // namespace

RandomNet random_net(Random& random, const RandomLimits& limits) {
  Grower grower(random, limits);
  for (int32_t steps = random.integer(1, limits.steps); steps > 0; --steps) grower.grow();
  return grower.finish(random.chance(limits.classifier), limits.heads);
}

}  // namespace tenas::test
