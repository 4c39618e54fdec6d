#include <algorithm>
#include <queue>
#include <set>
#include <vector>

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include "pond/kad/lookup/closest_lookup.hpp"

#include "support/tiny_key.hpp"

namespace pond::kad {
namespace {

using peers::PeerBook;
using peers::PeerHandle;
using test::numbered_peer;

/// A network in which each peer answers after a delay of its own, or never, with what its table holds.
struct Network {
  struct Peer {
    Duration delay{};
    bool silent = false;
    bool liar = false;  ///< names 200 times the nearest of `fakes`, itself, the lookup's owner
    std::vector<PeerHandle> table;
  };

  explicit Network(std::uint32_t size) : peers(size) {
    for (std::uint32_t i = 0; i < size; ++i) {
      handles.push_back(book.intern(numbered_peer(i)).value());
    }
  }

  [[nodiscard]] std::vector<PeerHandle> nearest(std::vector<PeerHandle> of, const wire::Key& to, std::size_t n) const {
    std::ranges::sort(of, {}, [&](PeerHandle peer) { return book.key(peer).distance_to(to); });
    of.resize(std::min(n, of.size()));
    return of;
  }

  [[nodiscard]] std::vector<PeerHandle> answer(std::uint32_t from, const wire::Key& to) const {
    if (!peers[from].liar) {
      return nearest(peers[from].table, to, 20);
    }
    std::vector<PeerHandle> lies = nearest(fakes, to, 100);
    lies.insert(lies.end(), 100, handles[from]);
    lies.insert(lies.end(), 10, self);
    lies.insert(lies.end(), fakes.begin(), fakes.end());
    return lies;
  }

  PeerBook book;
  std::vector<Peer> peers;
  std::vector<PeerHandle> handles;
  std::vector<PeerHandle> fakes;
  PeerHandle self{0xffffffffU};
};

struct Run {
  std::vector<PeerHandle> result;
  std::size_t asked = 0;
  std::size_t most_young = 0;      ///< questions younger than the soft timeout, at once
  std::size_t most_in_flight = 0;  ///< all questions at once
  std::size_t most_candidates = 0;
  Duration took{};
  Duration last_answer{};  ///< when it came
  std::vector<PeerHandle> order;
};

/// Drives one lookup to its end in virtual time.
Run run(const Network& network, ClosestLookup& lookup, const LookupConfig& config) {
  struct Event {
    Instant at;
    std::uint32_t from;
    bool operator>(const Event& other) const { return std::tie(at, from) > std::tie(other.at, other.from); }
  };
  std::priority_queue<Event, std::vector<Event>, std::greater<>> answers;
  constexpr Instant kStart{1h};
  Instant now = kStart;
  Run out;
  std::vector<std::pair<PeerHandle, Instant>> asked_at;
  for (int steps = 0; steps < 100'000; ++steps) {
    const auto step = lookup.next(now);
    if (std::holds_alternative<ClosestLookup::Finished>(step)) {
      out.result = lookup.result();
      out.asked = lookup.asked();
      out.took = now - kStart;
      return out;
    }
    if (const auto* ask = std::get_if<ClosestLookup::Ask>(&step)) {
      const auto place = std::ranges::find(network.handles, ask->peer);
      if (place != network.handles.end()) {
        const auto index = static_cast<std::uint32_t>(place - network.handles.begin());
        if (!network.peers[index].silent) {
          answers.push({now + network.peers[index].delay, index});
        }
      }
      out.order.push_back(ask->peer);
      asked_at.emplace_back(ask->peer, now);
      const auto young = std::ranges::count_if(asked_at, [&](const auto& one) {
        return lookup.fate(one.first) == PeerFate::kAsked && now - one.second < config.soft_timeout;
      });
      out.most_young = std::max(out.most_young, static_cast<std::size_t>(young));
      out.most_in_flight = std::max(out.most_in_flight, lookup.in_flight());
      out.most_candidates = std::max(out.most_candidates, lookup.candidates().size());
      continue;
    }
    const Instant until = std::get<ClosestLookup::Waiting>(step).until;
    RC_ASSERT(until > now);
    if (!answers.empty() && answers.top().at <= until) {
      now = answers.top().at;
      const std::uint32_t from = answers.top().from;
      answers.pop();
      out.last_answer = now - kStart;
      (void)lookup.answered(network.handles[from], network.answer(from, lookup.target()));
    } else {
      now = until;
    }
  }
  RC_FAIL("the lookup does not end");
}

wire::Key any_key() {
  return wire::Key::of(*rc::gen::container<Bytes>(4, rc::gen::arbitrary<std::uint8_t>()));
}

/// Everybody knows everybody; delays below half a second.
Network full_mesh(std::uint32_t size) {
  Network network{size};
  for (auto& peer : network.peers) {
    peer.table = network.handles;
    peer.delay = std::chrono::milliseconds{*rc::gen::inRange(1, 500)};
  }
  return network;
}

std::vector<PeerHandle> some_seeds(const Network& network) {
  std::vector<PeerHandle> seeds;
  const auto count = *rc::gen::inRange<std::size_t>(1, 6);
  seeds.reserve(count + 1);
  for (std::size_t i = 0; i < count; ++i) {
    seeds.push_back(network.handles[*rc::gen::inRange<std::size_t>(0, network.handles.size())]);
  }
  return seeds;
}

RC_GTEST_PROP(LookupNetwork, FindsTheTrueClosestWhenEverybodyKnowsEverybody, ()) {
  const Network network = full_mesh(*rc::gen::inRange<std::uint32_t>(1, 150));
  const LookupConfig config{.k = *rc::gen::inRange<std::size_t>(1, 21), .alpha = *rc::gen::inRange<std::size_t>(1, 12)};
  PeerBook& book = const_cast<PeerBook&>(network.book);
  ClosestLookup lookup{book, any_key(), some_seeds(network), std::nullopt, config};
  const Run found = run(network, lookup, config);
  RC_ASSERT(found.result == network.nearest(network.handles, lookup.target(), config.k));
}

RC_GTEST_PROP(LookupNetwork, FindsTheTrueClosestThroughSparseTables, ()) {
  // Each peer knows up to 8 peers of every prefix length, as routing tables do.
  const auto size = *rc::gen::inRange<std::uint32_t>(20, 200);
  Network network{size};
  for (std::uint32_t i = 0; i < size; ++i) {
    std::array<int, 257> known{};
    network.peers[i].delay = std::chrono::milliseconds{*rc::gen::inRange(1, 500)};
    for (std::uint32_t j = 1; j < size; ++j) {
      const PeerHandle other = network.handles[(i + j * 7919U) % size];
      const unsigned prefix = network.book.key(network.handles[i]).common_prefix_bits(network.book.key(other));
      if (prefix < 256 && known[prefix]++ < 8) {
        network.peers[i].table.push_back(other);
      }
    }
  }
  const LookupConfig config{.k = 8};
  ClosestLookup lookup{network.book, any_key(), some_seeds(network), std::nullopt, config};
  const Run found = run(network, lookup, config);
  RC_ASSERT(found.result == network.nearest(network.handles, lookup.target(), config.k));
}

RC_GTEST_PROP(LookupNetwork, FindsTheClosestOfTheLivingWhenSomeAreSilent, ()) {
  Network network = full_mesh(*rc::gen::inRange<std::uint32_t>(10, 120));
  std::vector<PeerHandle> living;
  for (std::uint32_t i = 0; i < network.peers.size(); ++i) {
    network.peers[i].silent = *rc::gen::inRange(0, 10) >= 7;
    if (!network.peers[i].silent) {
      living.push_back(network.handles[i]);
    }
  }
  RC_PRE(!living.empty());
  // Small enough that the 20 peers of an answer hold that many living ones.
  const LookupConfig config{.k = 4};
  auto seeds = some_seeds(network);
  seeds.push_back(living.front());
  ClosestLookup lookup{network.book, any_key(), seeds, std::nullopt, config};
  const Run found = run(network, lookup, config);
  RC_ASSERT(found.result == network.nearest(living, lookup.target(), config.k));
}

RC_GTEST_PROP(LookupNetwork, SilentPeersCostSecondsNotTheStallTimeout, ()) {
  Network network = full_mesh(100);
  for (std::uint32_t i = 0; i < 100; ++i) {
    network.peers[i].silent = i % 3 == 0;
  }
  const LookupConfig config{.stall_timeout = 1h};
  ClosestLookup lookup{network.book, any_key(), std::vector{network.handles[1]}, std::nullopt, config};
  RC_ASSERT(run(network, lookup, config).took <= 5s);
}

RC_GTEST_PROP(LookupNetwork, EndsFiveSecondsAfterTheLastAnswerHoweverManyAreSilent, ()) {
  Network network = full_mesh(*rc::gen::inRange<std::uint32_t>(1, 150));
  const auto silent_of_ten = *rc::gen::inRange(0, 11);
  for (auto& peer : network.peers) {
    peer.silent = *rc::gen::inRange(0, 10) < silent_of_ten;
  }
  const LookupConfig config{};
  ClosestLookup lookup{network.book, any_key(), network.handles, std::nullopt, config};
  const Run found = run(network, lookup, config);
  RC_ASSERT(found.took <= found.last_answer + 5s);
}

RC_GTEST_PROP(LookupNetwork, FindsTheClosestOfAMinorityBehindTheSilent, ()) {
  // A table in which up to 35 of the nearest never answer: the living ones come all the same.
  Network network = full_mesh(*rc::gen::inRange<std::uint32_t>(40, 120));
  const wire::Key target = any_key();
  const auto silent = *rc::gen::inRange<std::size_t>(1, 36);
  std::vector<PeerHandle> living = network.handles;
  for (const PeerHandle peer : network.nearest(network.handles, target, silent)) {
    network.peers[static_cast<std::size_t>(std::ranges::find(network.handles, peer) - network.handles.begin())].silent =
        true;
    std::erase(living, peer);
  }
  const LookupConfig config{.k = 10};
  ClosestLookup lookup{network.book, target, network.handles, std::nullopt, config};
  const Run found = run(network, lookup, config);
  RC_ASSERT(found.result == network.nearest(living, target, config.k));
  RC_ASSERT(found.took < 10s);
}

RC_GTEST_PROP(LookupNetwork, NeverExceedsItsBounds, ()) {
  Network network = full_mesh(*rc::gen::inRange<std::uint32_t>(10, 120));
  for (auto& peer : network.peers) {
    peer.silent = *rc::gen::inRange(0, 2) == 0;
    peer.delay *= *rc::gen::inRange(1, 30);
  }
  const auto alpha = *rc::gen::inRange<std::size_t>(1, 12);
  const LookupConfig config{.alpha = alpha,
                            .max_in_flight = alpha + *rc::gen::inRange<std::size_t>(0, 10),
                            .max_candidates = *rc::gen::inRange<std::size_t>(1, 60)};
  ClosestLookup lookup{network.book, any_key(), some_seeds(network), std::nullopt, config};
  const Run found = run(network, lookup, config);
  RC_ASSERT(found.most_young <= config.alpha);
  RC_ASSERT(found.most_in_flight <= config.max_in_flight);
  RC_ASSERT(found.most_candidates <= config.max_candidates);
  RC_ASSERT(found.asked <= config.max_candidates);
  RC_ASSERT(std::set<PeerHandle>(found.order.begin(), found.order.end()).size() == found.order.size());
}

RC_GTEST_PROP(LookupNetwork, AsksNoMoreThanAlphaWhenEverybodyIsQuick, ()) {
  const Network network = full_mesh(80);
  const LookupConfig config{.alpha = 3};
  PeerBook& book = const_cast<PeerBook&>(network.book);
  ClosestLookup lookup{book, any_key(), some_seeds(network), std::nullopt, config};
  RC_ASSERT(run(network, lookup, config).most_in_flight <= 3U);
}

RC_GTEST_PROP(LookupNetwork, LiarsCannotMakeItEndlessNorNameTheOwner, ()) {
  Network network = full_mesh(60);
  for (std::uint32_t i = 0; i < 60; ++i) {
    network.peers[i].liar = i % 2 == 0;
  }
  for (std::uint32_t i = 5000; i < 5300; ++i) {
    network.fakes.push_back(network.book.intern(numbered_peer(i)).value());
  }
  network.self = network.book.intern(numbered_peer(9999)).value();
  const LookupConfig config{};
  ClosestLookup lookup{network.book, any_key(), some_seeds(network), network.self, config};
  const Run found = run(network, lookup, config);
  RC_ASSERT(found.asked <= config.max_candidates);
  RC_ASSERT(found.most_candidates <= config.max_candidates);
  RC_ASSERT(std::ranges::count(found.order, network.self) == 0);
  for (const PeerHandle fake : network.fakes) {
    RC_ASSERT(std::ranges::count(found.result, fake) == 0);
  }
}

RC_GTEST_PROP(LookupNetwork, IsTheSameEachTime, ()) {
  Network network = full_mesh(60);
  for (auto& peer : network.peers) {
    peer.silent = *rc::gen::inRange(0, 4) == 0;
  }
  const auto target = any_key();
  const auto seeds = some_seeds(network);
  const LookupConfig config{};
  ClosestLookup first{network.book, target, seeds, std::nullopt, config};
  ClosestLookup second{network.book, target, seeds, std::nullopt, config};
  RC_ASSERT(run(network, first, config).order == run(network, second, config).order);
}

}  // namespace
}  // namespace pond::kad
