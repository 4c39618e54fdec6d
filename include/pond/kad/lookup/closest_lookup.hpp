#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <variant>
#include <vector>

#include "pond/base/time.hpp"
#include "pond/peers/peer_book.hpp"
#include "pond/wire/key.hpp"

namespace pond::kad {

struct LookupConfig {
  std::size_t k = 20;                 ///< how many of the closest must have answered
  std::size_t alpha = 10;             ///< questions under way at once: go's default; half the round trips of rust's 3
  std::size_t beta = 3;               ///< so many must have answered before the end does without silent peers
  Duration soft_timeout = 1s;         ///< a question older than this no longer counts against alpha
  Duration patience = 3s;             ///< a question older than this is silence
  Duration stall_timeout = 5s;        ///< without any answer for so long, a lookup ends as it stands
  std::size_t max_in_flight = 30;     ///< questions under way, those past the soft timeout included
  std::size_t max_candidates = 200;   ///< peers remembered, and so asked, by one lookup
  std::size_t max_closer_peers = 40;  ///< peers taken from one answer, the nearest to the target
};

/// What became of one candidate.
enum class PeerFate : std::uint8_t {
  kNotAsked,
  kAsked,  ///< no answer yet
  kAnswered,
  kFailed,  ///< the caller said so
  kSilent,  ///< no answer within the patience; one may still come
};

struct Candidate {
  peers::PeerHandle peer;
  wire::Distance distance;
  PeerFate fate;
  std::uint16_t hop;  ///< 1 for a seed, one more than that of the peer that named it otherwise
};

/// The iterative lookup of Kademlia: which peer to ask next, and when it is done. Sends nothing itself; the same for
/// FIND_NODE, GET_VALUE and GET_PROVIDERS.
///
/// Protocol: the caller calls `next` until it gives no more Ask, carries the questions, and reports each outcome by
/// `answered` or `failed`; then, and when the instant of a Waiting has come, calls `next` again.
///
///   Ask       the nearest peer not asked yet, among the k nearest that still give hope (neither failed nor past the
///             soft timeout), while fewer than alpha questions are younger than the soft timeout. A silent peer so
///             widens the search without being failed by it.
///   Finished  when the k nearest, leaving out the failed and the silent, have answered, or nobody is left to ask and
///             nobody under way; but as long as fewer than beta have answered, and fewer than are silent, their answers
///             are waited for. And when nobody at all has answered for the stall timeout, counted from the first `next`
///             and from the one behind each answer: then what lies before the lookup is silence, and however much of it
///             there is, it costs no more than that. For good; also after `stop`.
///
/// Where go ends its search when the beta closest have answered and then asks the rest of the k in a second phase, this
/// is one phase: the same questions are asked, and what the last answers name is still heard.
///
/// It ends always: each of at most max_candidates peers is asked once and answers once. A peer that was asked stays
/// among the candidates; an unasked one yields to a nearer one when there is no more room. Candidates are pinned in the
/// PeerBook, which must outlive the lookup. Depends on nothing but its calls. Not thread-safe.
class ClosestLookup {
 public:
  struct Ask {
    peers::PeerHandle peer;
  };
  struct Waiting {
    Instant until;  ///< call `next` then, if not before
  };
  struct Finished {};
  using Step = std::variant<Ask, Waiting, Finished>;

  /// `self` is never a candidate, whoever names it. Without seeds the lookup is finished at once.
  ClosestLookup(peers::PeerBook& book, const wire::Key& target, std::span<const peers::PeerHandle> seeds,
                std::optional<peers::PeerHandle> self = std::nullopt, const LookupConfig& config = {});
  ClosestLookup(ClosestLookup&&) noexcept = default;
  ClosestLookup& operator=(ClosestLookup&&) = delete;
  ClosestLookup(const ClosestLookup&) = delete;
  ClosestLookup& operator=(const ClosestLookup&) = delete;
  ~ClosestLookup();

  [[nodiscard]] Step next(Instant now);

  /// The peer answered and named `closer`, of which the max_closer_peers nearest are taken. Late answers count too, as
  /// long as the lookup runs. False, and nothing happens, when the peer was not asked or has answered before.
  bool answered(peers::PeerHandle peer, std::span<const peers::PeerHandle> closer);

  /// The question to that peer failed. False, and nothing happens, unless it is under way or the peer was silent.
  bool failed(peers::PeerHandle peer);

  /// The caller has what it wanted, or its deadline has passed.
  void stop() noexcept { finished_ = true; }

  [[nodiscard]] bool finished() const noexcept { return finished_; }

  /// Whether everybody that the end still waits for was asked, and is past the soft timeout.
  [[nodiscard]] bool only_slow_ones_left(Instant now) const;

  /// The n closest that have answered, nearest first; at any time, so also the part that a deadline leaves.
  [[nodiscard]] std::vector<peers::PeerHandle> result(std::size_t n) const;
  [[nodiscard]] std::vector<peers::PeerHandle> result() const { return result(config_.k); }

  /// Every candidate and its fate, nearest first.
  [[nodiscard]] std::vector<Candidate> candidates() const;
  [[nodiscard]] std::optional<PeerFate> fate(peers::PeerHandle peer) const;

  [[nodiscard]] const wire::Key& target() const noexcept { return target_; }
  [[nodiscard]] std::size_t in_flight() const noexcept { return in_flight_; }
  [[nodiscard]] std::size_t asked() const noexcept { return asked_; }
  /// The longest chain of answers that led to an answer; 1 when only seeds answered.
  [[nodiscard]] std::uint16_t hops() const noexcept { return hops_; }

 private:
  /// The first word of the distance orders nearly all peers; where two share it, their keys are looked up.
  struct Near {
    std::uint64_t distance_word;
    peers::PeerHandle peer;
  };
  struct Slot {
    Near near;
    std::uint16_t hop;
    PeerFate fate;
    bool aged = false;  // kAsked: past the soft timeout, as of the last `age`
    Instant asked_at;
  };
  using Slots = std::vector<Slot>;

  [[nodiscard]] wire::Distance distance_of(peers::PeerHandle peer) const;
  [[nodiscard]] Near near(peers::PeerHandle peer) const;
  [[nodiscard]] bool nearer(const Near& a, const Near& b) const;
  [[nodiscard]] Slots::iterator place_of(const Near& near);
  void add_nearest(std::span<const peers::PeerHandle> named, std::size_t most, std::uint16_t hop);
  void add(const Near& near, std::uint16_t hop);
  [[nodiscard]] bool make_room(const Near& newcomer);
  [[nodiscard]] Slots::iterator slot_of(peers::PeerHandle peer);
  void age(Instant now);
  void no_longer_asked(const Slot& slot);
  [[nodiscard]] Slots::iterator next_to_ask();
  [[nodiscard]] bool is_done() const;

  peers::PeerBook* book_;
  wire::Key target_;
  std::optional<peers::PeerHandle> self_;
  LookupConfig config_;
  Slots slots_;                // nearest first, no two the same
  std::vector<Near> sorting_;  // empty between calls; kept for its memory
  std::size_t in_flight_ = 0;
  std::size_t young_ = 0;             // of these, younger than the soft timeout, as of the last `age`
  Instant ages_at_ = Instant::max();  // when a question crosses the soft timeout or the patience next
  std::size_t asked_ = 0;
  std::uint16_t hops_ = 0;
  bool heard_ = true;    // somebody answered since the last `next`; so it begins
  Instant stalls_at_{};  // unless somebody answers
  bool finished_ = false;
};

}  // namespace pond::kad
