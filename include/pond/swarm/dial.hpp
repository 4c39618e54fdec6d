#pragma once

#include <cstdint>
#include <deque>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "pond/base/result.hpp"
#include "pond/base/time.hpp"
#include "pond/swarm/types.hpp"
#include "pond/wire/multiaddr.hpp"

namespace pond::swarm {

struct DialOptions {
  std::optional<wire::PeerId> expected_peer;         ///< dnsaddr entries of other peers are passed over
  AddressFilter filter = AddressFilter::kAny;        ///< of what names resolve to as well
  std::vector<Security> security{Security::kNoise};  ///< to propose, most wanted first
  Duration stagger = 250ms;
  std::size_t max_addresses = 16;
  std::size_t max_dnsaddr_depth = 3;
};

/// One attempt to reach somebody at any of several addresses (after RFC 8305, happy eyeballs).
///
/// Protocol: names are resolved at once and in parallel; what they resolve to joins the queue of candidates. One
/// candidate is tried immediately, the next after `stagger`, or as soon as an attempt fails. A peer that refuses the
/// security protocol (kUnsupported) is tried there at once with the next one. The first attempt to be established wins:
/// the owner then drops the Dial and the other attempts. Finished with an error when nothing is left to try, resolve or
/// wait for. The deadline is the owner's.
///
/// Bounded: at most `max_addresses` candidates are ever tried, and as many names resolved. Duplicates are tried once.
class Dial {
 public:
  Dial(const std::vector<wire::Multiaddr>& addresses, DialOptions options);

  struct Resolve {
    std::size_t query;  ///< hand it back with the answer
    std::string name;
    NameKind kind;
  };
  struct Attempt {
    std::size_t number;       ///< hand it back when the attempt has failed
    wire::Multiaddr address;  ///< ip4 or ip6, and tcp, perhaps ws
    std::string name;         ///< the DNS name that resolved to it, if one did
    Security security;
  };
  struct Exhausted {
    Error why;  ///< of the last attempt, else kUnreachable or kDns
  };
  using Step = std::variant<Resolve, Attempt, Exhausted>;

  /// What to do next; nullopt: wait for an answer, for an attempt's end, or until `next_deadline`.
  [[nodiscard]] std::optional<Step> poll(Instant now);
  [[nodiscard]] std::optional<Instant> next_deadline() const;

  void on_resolved(std::size_t query, const Result<std::vector<std::string>>& answers);
  void on_attempt_failed(std::size_t number, const Error& why);

 private:
  struct Query {
    wire::Multiaddr source;  ///< the address that holds the name
    NameKind kind;
    std::size_t depth;
    bool sent = false;
    bool answered = false;
  };

  struct Candidate {
    wire::Multiaddr address;
    std::string name;
    std::size_t security;  ///< index in `options_.security`
  };

  void add(const wire::Multiaddr& address, std::size_t depth);
  void add_candidate(const wire::Multiaddr& address, const std::string& name);
  void add_query(const wire::Multiaddr& source, NameKind kind, std::size_t depth);
  void add_dnsaddr(const Query& query, const std::vector<std::string>& texts);

  DialOptions options_;
  std::vector<Query> queries_;
  std::vector<Candidate> candidates_;  // tried ones too, so that duplicates are seen
  std::size_t next_candidate_ = 0;
  std::size_t addresses_ = 0;  // different ones among the candidates
  std::size_t attempts_running_ = 0;
  std::optional<Instant> next_attempt_at_;  // none: at once
  Error last_error_{Errc::kUnreachable, "no address that can be dialed"};
};

}  // namespace pond::swarm
