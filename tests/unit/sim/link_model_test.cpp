#include "pond/sim/link_model.hpp"

#include <algorithm>
#include <vector>

#include <gtest/gtest.h>

namespace pond::sim {
namespace {

constexpr std::size_t kMessages = 20'000;

/// Round trips of 100 ms, and nothing goes wrong.
NetworkSpec calm() {
  NetworkSpec spec;
  spec.latency = {.kind = LatencySpec::Kind::kUniform, .round_trip_min = 100ms, .round_trip_max = 100ms, .jitter = 0};
  return spec;
}

struct Links {
  explicit Links(const NetworkSpec& spec, std::size_t nodes = 100) : model(spec, nodes, rng) {}
  std::vector<Delivery> send(std::size_t count = kMessages) {
    std::vector<Delivery> all(count);
    std::ranges::generate(all, [&] { return model.deliver(1, 2, rng); });
    return all;
  }
  SeededRng rng{7};
  LinkModel model;
};

double share(const std::vector<Delivery>& all, std::size_t copies) {
  return static_cast<double>(std::ranges::count(all, copies, &Delivery::copies)) / static_cast<double>(all.size());
}

TEST(LinkModel, DeliversOneCopyAfterTheLatency) {
  Links links{calm()};
  for (const Delivery& delivery : links.send(100)) {
    EXPECT_EQ(delivery.copies, 1);
    EXPECT_EQ(delivery.delay[0], 50ms);
  }
}

TEST(LinkModel, JitterMakesMessagesLaterByUpToItsShare) {
  NetworkSpec spec = calm();
  spec.latency.jitter = 0.2;
  Links links{spec};
  std::vector<Duration> delays;
  for (const Delivery& delivery : links.send()) {
    delays.push_back(delivery.delay[0]);
  }
  std::ranges::sort(delays);
  EXPECT_GE(delays.front(), 50ms);
  EXPECT_NEAR(static_cast<double>(delays[kMessages / 2].count()), 55e6, 0.3e6);
  EXPECT_LE(delays.back(), 60ms);
  EXPECT_GE(delays.back(), 59ms);
}

TEST(LinkModel, LosesItsShare) {
  NetworkSpec spec = calm();
  spec.loss = 0.1;
  Links links{spec};
  EXPECT_NEAR(share(links.send(), 0), 0.1, 0.01);
  links.model.set_loss(0.5);
  EXPECT_NEAR(share(links.send(), 0), 0.5, 0.015);
  links.model.set_loss(1);
  EXPECT_EQ(share(links.send(), 0), 1);
  links.model.set_loss(0);
  EXPECT_EQ(share(links.send(), 0), 0);
}

TEST(LinkModel, DeliversSomeTwice) {
  NetworkSpec spec = calm();
  spec.duplication = 0.25;
  spec.latency.jitter = 0.5;
  Links links{spec};
  const auto all = links.send();
  EXPECT_NEAR(share(all, 2), 0.25, 0.015);
  EXPECT_TRUE(
      std::ranges::any_of(all, [](const Delivery& one) { return one.copies == 2 && one.delay[0] != one.delay[1]; }));
}

TEST(LinkModel, HoldsSomeBack) {
  NetworkSpec spec = calm();
  spec.reordering = 0.3;
  Links links{spec};
  const auto all = links.send();
  const auto late = std::ranges::count_if(all, [](const Delivery& one) { return one.delay[0] > 50ms; });
  EXPECT_NEAR(static_cast<double>(late) / kMessages, 0.3, 0.015);
  const auto latest = std::ranges::max(all, {}, [](const Delivery& one) { return one.delay[0]; }).delay[0];
  EXPECT_LE(latest, 250ms);
  EXPECT_GE(latest, 240ms);
}

TEST(LinkModel, WhatASlowNodeSendsIsLate) {
  Links links{calm()};
  links.model.set_slow(1, 2s);
  EXPECT_EQ(links.model.deliver(1, 2, links.rng).delay[0], 2050ms);
  EXPECT_EQ(links.model.deliver(2, 1, links.rng).delay[0], 50ms);
  EXPECT_EQ(links.model.round_trip(2, 1), 2100ms);
  links.model.set_slow(1, 0s);
  EXPECT_EQ(links.model.deliver(1, 2, links.rng).delay[0], 50ms);
}

TEST(LinkModel, APartitionSeparatesUntilItHeals) {
  Links links{calm(), 1000};
  links.model.partition(0.3, links.rng);
  std::vector<std::uint32_t> others;
  for (std::uint32_t node = 0; node < 1000; ++node) {
    if (links.model.separated(0, node)) {
      others.push_back(node);
    }
  }
  EXPECT_TRUE(others.size() == 300 || others.size() == 700) << others.size();
  EXPECT_GT(others.back(), 900U);
  EXPECT_LT(others.front(), 100U);
  EXPECT_EQ(links.model.deliver(0, others[0], links.rng).copies, 0);
  EXPECT_EQ(links.model.deliver(others[0], 0, links.rng).copies, 0);
  EXPECT_EQ(links.model.deliver(others[0], others[1], links.rng).copies, 1);
  EXPECT_FALSE(links.model.can_dial(0, others[0]));
  links.model.heal();
  EXPECT_EQ(links.model.deliver(0, others[0], links.rng).copies, 1);
  EXPECT_TRUE(links.model.can_dial(0, others[0]));
}

TEST(LinkModel, NobodyDialsANodeBehindNatThoughItDialsAndHears) {
  Links links{calm()};
  links.model.set_nat(3, true);
  links.model.set_side(4, true);
  EXPECT_FALSE(links.model.can_dial(1, 3));
  EXPECT_TRUE(links.model.can_dial(3, 1));
  EXPECT_EQ(links.model.deliver(1, 3, links.rng).copies, 1);
  links.model.set_side(3, true);
  links.model.heal();
  EXPECT_FALSE(links.model.can_dial(1, 3));
  links.model.set_nat(3, false);
  EXPECT_TRUE(links.model.can_dial(1, 3));
}

}  // namespace
}  // namespace pond::sim
