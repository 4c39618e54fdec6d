#include "pond/kad/lookup/closest_lookup.hpp"

#include <algorithm>
#include <utility>

#include "../mutation.hpp"

namespace pond::kad {

using peers::PeerHandle;

namespace {

bool is_awaited(PeerFate fate) {
  return fate == PeerFate::kAsked || fate == PeerFate::kSilent;
}

}  // namespace

ClosestLookup::ClosestLookup(peers::PeerBook& book, const wire::Key& target, std::span<const PeerHandle> seeds,
                             std::optional<PeerHandle> self, const LookupConfig& config)
    : book_(&book), target_(target), self_(self), config_(config) {
  config_.alpha = std::max<std::size_t>(config_.alpha, 1);
  config_.max_in_flight = std::max(config_.max_in_flight, config_.alpha);
  add_nearest(seeds, config_.max_candidates, 1);
  finished_ = slots_.empty();
}

ClosestLookup::~ClosestLookup() {
  for (const Slot& slot : slots_) {
    book_->unpin(slot.near.peer);
  }
}

ClosestLookup::Step ClosestLookup::next(Instant now) {
  if (finished_) {
    return Finished{};
  }
  age(now);
  if (std::exchange(heard_, false)) {
    stalls_at_ = now + config_.stall_timeout;
  }
  if (now >= stalls_at_ || (mutated(Mutation::kHastyLookups) && hops_ > 0)) {
    finished_ = true;
    return Finished{};
  }
  if (const auto slot = next_to_ask(); slot != slots_.end()) {
    slot->fate = PeerFate::kAsked;
    slot->asked_at = now;
    ages_at_ = std::min(ages_at_, now + std::min(config_.soft_timeout, config_.patience));
    ++in_flight_;
    ++young_;
    ++asked_;
    return Ask{slot->near.peer};
  }
  if (is_done()) {
    finished_ = true;
    return Finished{};
  }
  return Waiting{std::min(stalls_at_, ages_at_)};
}

bool ClosestLookup::answered(PeerHandle peer, std::span<const PeerHandle> closer) {
  const auto slot = slot_of(peer);
  if (finished_ || slot == slots_.end() || !is_awaited(slot->fate)) {
    return false;
  }
  no_longer_asked(*slot);
  slot->fate = PeerFate::kAnswered;
  heard_ = true;
  hops_ = std::max(hops_, slot->hop);
  add_nearest(closer, config_.max_closer_peers, static_cast<std::uint16_t>(slot->hop + 1));
  return true;
}

bool ClosestLookup::failed(PeerHandle peer) {
  const auto slot = slot_of(peer);
  if (slot == slots_.end() || !is_awaited(slot->fate)) {
    return false;
  }
  no_longer_asked(*slot);
  slot->fate = PeerFate::kFailed;
  return true;
}

wire::Distance ClosestLookup::distance_of(PeerHandle peer) const {
  return book_->key(peer).distance_to(target_);
}

ClosestLookup::Near ClosestLookup::near(PeerHandle peer) const {
  return {.distance_word = distance_of(peer).words()[0], .peer = peer};
}

bool ClosestLookup::nearer(const Near& a, const Near& b) const {
  if (mutated(Mutation::kUnsortedCandidates)) {
    return a.peer < b.peer;
  }
  if (a.distance_word != b.distance_word) {
    return a.distance_word < b.distance_word;
  }
  return a.peer != b.peer && distance_of(a.peer) < distance_of(b.peer);
}

/// Where that peer is, or would be.
ClosestLookup::Slots::iterator ClosestLookup::place_of(const Near& near) {
  return std::partition_point(slots_.begin(), slots_.end(), [&](const Slot& slot) { return nearer(slot.near, near); });
}

void ClosestLookup::add_nearest(std::span<const PeerHandle> named, std::size_t most, std::uint16_t hop) {
  for (const PeerHandle peer : named) {
    sorting_.push_back(near(peer));
  }
  if (sorting_.size() > most) {
    std::ranges::sort(sorting_, [this](const Near& a, const Near& b) { return nearer(a, b); });
    const auto repeated = std::ranges::unique(sorting_, {}, &Near::peer);
    sorting_.erase(repeated.begin(), repeated.end());
    sorting_.resize(std::min(sorting_.size(), most));
  }
  for (const Near& each : sorting_) {
    add(each, hop);
  }
  sorting_.clear();
}

void ClosestLookup::add(const Near& near, std::uint16_t hop) {
  auto place = place_of(near);
  if (near.peer == self_ || (place != slots_.end() && place->near.peer == near.peer)) {
    return;
  }
  if (slots_.size() >= config_.max_candidates) {
    if (!make_room(near)) {
      return;
    }
    place = place_of(near);
  }
  book_->pin(near.peer);
  slots_.insert(place, {.near = near, .hop = hop, .fate = PeerFate::kNotAsked, .asked_at = Instant{}});
}

/// Forgets the farthest peer that was not asked, if it is farther than the newcomer.
bool ClosestLookup::make_room(const Near& newcomer) {
  for (auto slot = slots_.end(); slot != slots_.begin();) {
    --slot;
    if (nearer(slot->near, newcomer)) {
      return false;
    }
    if (slot->fate == PeerFate::kNotAsked) {
      book_->unpin(slot->near.peer);
      slots_.erase(slot);
      return true;
    }
  }
  return false;
}

ClosestLookup::Slots::iterator ClosestLookup::slot_of(PeerHandle peer) {
  const auto slot = place_of(near(peer));
  return slot != slots_.end() && slot->near.peer == peer ? slot : slots_.end();
}

/// Counts anew which questions are young, and gives up on those past the patience: only when one has crossed a limit.
void ClosestLookup::age(Instant now) {
  if (now < ages_at_) {
    return;
  }
  ages_at_ = Instant::max();
  young_ = 0;
  for (Slot& slot : slots_) {
    if (slot.fate != PeerFate::kAsked) {
      continue;
    }
    const Duration age = now - slot.asked_at;
    if (age >= config_.patience) {
      slot.fate = PeerFate::kSilent;
      --in_flight_;
      continue;
    }
    slot.aged = age >= config_.soft_timeout;
    young_ += slot.aged ? 0U : 1U;
    ages_at_ = std::min(
        ages_at_, slot.asked_at + (slot.aged ? config_.patience : std::min(config_.soft_timeout, config_.patience)));
  }
}

/// The question to that peer has ended. `ages_at_` may stay as it is: coming too early costs one count.
void ClosestLookup::no_longer_asked(const Slot& slot) {
  if (slot.fate == PeerFate::kAsked) {
    --in_flight_;
    young_ -= slot.aged ? 0U : 1U;
  }
}

ClosestLookup::Slots::iterator ClosestLookup::next_to_ask() {
  if (young_ >= config_.alpha || in_flight_ >= config_.max_in_flight) {
    return slots_.end();
  }
  std::size_t hopeful = 0;
  for (auto slot = slots_.begin(); slot != slots_.end() && hopeful < config_.k; ++slot) {
    if (slot->fate == PeerFate::kNotAsked) {
      return slot;
    }
    hopeful += slot->fate == PeerFate::kAnswered || (slot->fate == PeerFate::kAsked && !slot->aged) ? 1U : 0U;
  }
  return slots_.end();
}

bool ClosestLookup::is_done() const {
  std::size_t nearest = 0;
  for (const Slot& slot : slots_) {
    if (nearest >= config_.k) {
      break;
    }
    if (slot.fate == PeerFate::kNotAsked || slot.fate == PeerFate::kAsked) {
      return false;
    }
    nearest += slot.fate == PeerFate::kAnswered ? 1U : 0U;
  }
  const auto count = [this](PeerFate fate) {
    return static_cast<std::size_t>(std::ranges::count(slots_, fate, &Slot::fate));
  };
  return count(PeerFate::kAnswered) >= std::min(config_.beta, count(PeerFate::kSilent));
}

bool ClosestLookup::only_slow_ones_left(Instant now) const {
  std::size_t nearest = 0;
  for (const Slot& slot : slots_) {
    if (nearest >= config_.k) {
      break;
    }
    if (slot.fate == PeerFate::kNotAsked ||
        (slot.fate == PeerFate::kAsked && now - slot.asked_at < config_.soft_timeout)) {
      return false;
    }
    nearest += slot.fate == PeerFate::kAnswered ? 1U : 0U;
  }
  return true;
}

std::vector<PeerHandle> ClosestLookup::result(std::size_t n) const {
  std::vector<PeerHandle> nearest;
  for (const Slot& slot : slots_) {
    if (nearest.size() == n) {
      break;
    }
    if (slot.fate == PeerFate::kAnswered) {
      nearest.push_back(slot.near.peer);
    }
  }
  return nearest;
}

std::vector<Candidate> ClosestLookup::candidates() const {
  std::vector<Candidate> all;
  all.reserve(slots_.size());
  for (const Slot& slot : slots_) {
    all.push_back(
        {.peer = slot.near.peer, .distance = distance_of(slot.near.peer), .fate = slot.fate, .hop = slot.hop});
  }
  return all;
}

std::optional<PeerFate> ClosestLookup::fate(PeerHandle peer) const {
  const auto slot = std::ranges::find(slots_, peer, [](const Slot& each) { return each.near.peer; });
  return slot == slots_.end() ? std::nullopt : std::optional{slot->fate};
}

}  // namespace pond::kad
