#pragma once

#include <map>
#include <optional>
#include <vector>

#include "pond/base/bytes.hpp"
#include "pond/base/time.hpp"
#include "pond/wire/kad_message.hpp"
#include "pond/wire/peer_id.hpp"

// The Kademlia part of a golden capture: what is asked, and what is answered.

namespace pond::test {

/// What every server understands: FIND_NODE of one's own id, PUT_VALUE of a signed /eth record, GET_VALUE of it,
/// ADD_PROVIDER of the multihash of its key, GET_PROVIDERS of that, FIND_NODE of an id that nobody has.
[[nodiscard]] std::vector<wire::KadMessage> golden_questions(const wire::PeerId& self, WallTime wall);

/// What some servers answer with a reset: PING, and GET_PROVIDERS of a key that is no multihash.
[[nodiscard]] std::vector<wire::KadMessage> golden_hard_questions();

/// The only server of its network: it keeps what it is given, and knows no closer peers.
class GoldenServer {
 public:
  GoldenServer(wire::KadPeer self, WallTime wall) : self_(std::move(self)), wall_(wall) {}

  /// nullopt for ADD_PROVIDER, which has no answer.
  [[nodiscard]] std::optional<wire::KadMessage> answer(const wire::KadMessage& request, const wire::PeerId& from);

  [[nodiscard]] bool has_value() const noexcept { return !records_.empty(); }
  [[nodiscard]] bool has_provider() const noexcept { return !providers_.empty(); }

 private:
  wire::KadPeer self_;
  WallTime wall_;
  std::map<Bytes, wire::KadRecord> records_;
  std::map<Bytes, wire::KadPeer> providers_;
};

}  // namespace pond::test
